/**
 * Keep a cookie in the browser: its name, its text, the seconds it stays, and when that was asked for. An empty text
 * takes it away.
 */

/** @type {[string, string, number, number]} */
const [name, text, seconds] = JSON.parse(document.currentScript.dataset.cookie);
globalThis.sotaKeepCookie(name, text, seconds);
