/**
 * Keep these cookies in the browser: name → its text and the seconds it stays. An empty text takes one away.
 */

keep(JSON.parse(document.currentScript.dataset.cookies));

/** @param {{ [name: string]: [string, number] }} cookies */
function keep(cookies) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  for (const [name, [text, seconds]] of Object.entries(cookies)) {
    const age = text ? seconds : 0;
    // biome-ignore lint/suspicious/noDocumentCookie: cookieStore is missing where a class comes over plain http
    document.cookie = `${name}=${text}; path=/; max-age=${age}; SameSite=Lax${secure}`;
  }
}
