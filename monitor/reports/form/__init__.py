"""A report as files: PDF in the form of Decree 30/2020/NĐ-CP, XLSX and JSON, of the same values."""
