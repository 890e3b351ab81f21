"""Symptoms as people tell them, by the keys under which they are stored and triaged."""

from __future__ import annotations

from monitor.words import N_

SYMPTOMS = {
    "breathless": N_("Short of breath"),
    "chest_pain": N_("Chest pain or tightness"),
    "confusion": N_("Confused, or hard to wake"),
    "fever": N_("Fever"),
    "cough": N_("Cough"),
    "sore_throat": N_("Sore throat"),
    "no_taste": N_("Loss of taste or smell"),
    "other": N_("Another symptom"),
}
# What one key of a call says, and no form offers.
ANY_DANGER = {"danger": N_("Trouble breathing, chest pain or danger")}
