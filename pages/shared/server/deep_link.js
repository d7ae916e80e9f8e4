/** Runs in the page that Streamlit serves, before its own scripts, which look here for where their server is. */
globalThis.__streamlit ??= { BACKEND_BASE_URL: new URL("./", location.href).href };
