import { mount } from "svelte";
import "./base.css";
import App from "./main/App.svelte";

mount(App, { target: document.body });
