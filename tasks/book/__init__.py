"""The ledger's workbook: a month of cases, counted and written out as they come."""
