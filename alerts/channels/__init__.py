"""Ways to reach people and machines, one file each: `name` and `send(message)` make a channel."""
