"""Messages of topics that nobody described -> proposed rows of a plant file, each guess with its evidence."""
