// What goes over the wire, and cutting it after a number of chunks.

const CHUNK = /\/v1\/boxes\/[0-9a-f]{32}\/parts\/[0-9a-f]{32}\/\d+$/;

/** The page went away, or the cut was ended, while a request was held. */
const gone = () => undefined;

export class Network {
  /** Every request since the context began: method, address, headers but the authorization. */
  requests = [];
  #context;
  #handler = null;
  #sent = 0;
  #isCut = false;
  #waiting = [];

  constructor(context) {
    this.#context = context;
    context.on("request", (request) => {
      const headers = { ...request.headers() };
      delete headers.authorization;
      this.requests.push({ method: request.method(), url: request.url(), headers });
    });
  }

  /** Lets chunks through until `requests` of them, or `bytes` of their bodies, went; then every call fails. */
  async cutAfter(requests, bytes) {
    await this.restore();
    let left = requests ?? Infinity;
    let bytesLeft = bytes ?? Infinity;
    this.#sent = 0;
    this.#handler = async (route, request) => {
      const chunk = request.method() === "PUT" && CHUNK.test(new URL(request.url()).pathname);
      if (chunk && left > 0 && bytesLeft > 0) {
        left -= 1;
        bytesLeft -= request.postDataBuffer()?.length ?? 0;
        this.#sent += 1;
        return route.continue().catch(gone);
      }
      if (!chunk && left > 0 && bytesLeft > 0) return route.continue().catch(gone);
      this.#isCut = true;
      this.#waiting.splice(0).forEach((wake) => wake());
      return route.abort("connectionreset").catch(gone);
    };
    await this.#context.route("**/v1/**", this.#handler);
  }

  /** How many chunks went before the cut, once it has happened. */
  async waitCut(timeout) {
    if (!this.#isCut) {
      await new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error("nothing was cut")), timeout);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return this.#sent;
  }

  async restore() {
    if (this.#handler) await this.#context.unroute("**/v1/**", this.#handler);
    this.#handler = null;
    this.#isCut = false;
  }
}
