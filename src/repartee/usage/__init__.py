"""What responses and transcriptions have cost: kept before the client hears of their end."""
