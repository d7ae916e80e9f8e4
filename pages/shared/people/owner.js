// Of two tabs opened at once the first one's cookie stays; one the server has refused is replaced.
export default function ({ data }) {
  const found = document.cookie.split("; ").find((part) => part.startsWith(data.name + "="));
  if (found && found.slice(data.name.length + 1) !== data.refused) return;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${data.name}=${data.signed}; path=/; max-age=31536000; SameSite=Lax${secure}`;
}
