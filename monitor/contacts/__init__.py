"""Whom infected people met: cases, the rules of contact, interviews, contacts released by people, and what is to be done."""
