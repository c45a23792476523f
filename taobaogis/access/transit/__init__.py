"""Trips by public transport where there is no timetable, from lines, stops and assumptions."""
