-- How the words are asked for; SQLite needs nothing for it.
{full_text_hits:search_text}
