curl -s localhost:3000/workflows/Booking -H 'Content-Type: application/json' -H 'Prefer: wait=20' \
  -d '{ "id": "trip-1", "method": "book", "args": [{ "flight": "AF1", "hotel": "Ritz", "nights": 2, "cents": 50000 }] }'
