"""The channel of e-mail: how a reply becomes a letter, and how it leaves. Receiving has its place here, and is not built yet."""
