import { mount } from "svelte";
import "../base.css";
import "./window.css";
import App from "./App.svelte";

mount(App, { target: document.body });
