"""Documents set as PDF by Typst in a bounded process, in a font that has every Vietnamese letter."""
