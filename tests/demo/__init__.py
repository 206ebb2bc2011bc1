"""The demo shop, driven through its pages, against a desk that only writes down what it hears."""
