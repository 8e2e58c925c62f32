"""Built-in datasets: the catalog, and loading, downloading and sampling them."""
