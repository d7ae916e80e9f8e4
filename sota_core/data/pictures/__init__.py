"""Pictures: which files a folder holds, how one is safely decoded, presized and drawn as a view."""
