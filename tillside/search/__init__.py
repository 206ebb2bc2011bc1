"""Finding what was said and who said it: questions of words and operators, answered from the index that the conversations keep."""
