"""The hotline on its way: mail fetched, answers sent, clocks told of."""
