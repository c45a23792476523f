"""Proximity: how far it is to markets and stops, straight and along the streets."""
