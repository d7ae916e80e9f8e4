/**
 * Leave the visitor's token in a cookie. Of two tabs opened at once the first one's stays; one the server has refused
 * is replaced.
 *
 * @typedef {object} Data
 * @property {string} name  of the cookie
 * @property {string} signed  the token with the server's signature
 * @property {string} refused  the cookie the server does not take, "" for none
 */

const YEAR_S = 31_536_000;

/** @param {{ data: Data }} component */
export default function ({ data }) {
  const start = `${data.name}=`;
  const found = document.cookie.split("; ").find((part) => part.startsWith(start));
  if (found && found.slice(start.length) !== data.refused) return;
  globalThis.sotaKeepCookie(data.name, data.signed, YEAR_S);
}
