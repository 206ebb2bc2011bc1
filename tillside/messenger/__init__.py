"""The messenger: what a shopper's browser may see and do. Its protocol is docs/messenger.md; no HTTP here."""
