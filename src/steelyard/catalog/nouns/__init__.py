"""One file per noun of the catalog: the table of its fields, and how a record is made from them."""
