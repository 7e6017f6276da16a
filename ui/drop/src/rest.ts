// The page but for opening the link: loaded behind what a damaged or dead link needs.
export { give } from "./compose";
export { follow } from "./follow";
