/**
 * Keep a cookie in the browser: its name, its text, the seconds it stays, and when that was asked for. An empty text
 * takes it away.
 */

keep(JSON.parse(document.currentScript.dataset.cookie));

/** @param {[string, string, number, number]} cookie */
function keep([name, text, seconds]) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  const age = text ? seconds : 0;
  // biome-ignore lint/suspicious/noDocumentCookie: cookieStore is missing where a class comes over plain http
  document.cookie = `${name}=${text}; path=/; max-age=${age}; SameSite=Lax${secure}`;
}
