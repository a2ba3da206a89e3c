"""Finding a service: by words, place, months and price; comparing services and keeping searches."""
