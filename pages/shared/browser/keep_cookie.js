/**
 * Keep a text in the browser as a cookie for so many seconds; an empty one takes it away.
 *
 * In a frame of another site the browser silently refuses a cookie that is SameSite=Lax. Over https a Partitioned one
 * is left there instead, which the browser keeps for this app in frames of that site only.
 */
const FRAMED = "SameSite=None; Secure; Partitioned";

globalThis.sotaKeepCookie ??= (name, text, seconds) => {
  const isSecure = location.protocol === "https:";
  const write = (said, age, how) => {
    // biome-ignore lint/suspicious/noDocumentCookie: cookieStore is missing where a class comes over plain http
    document.cookie = `${name}=${said}; path=/; max-age=${age}; ${how}`;
  };
  if (isSecure) write("", 0, FRAMED); // else a framed one from before is taken for what is written now
  write(text, text ? seconds : 0, `SameSite=Lax${isSecure ? "; Secure" : ""}`);
  const isThere = document.cookie.split("; ").includes(`${name}=${text}`);
  if (text && isSecure && !isThere) write(text, seconds, FRAMED);
};
