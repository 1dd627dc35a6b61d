curl -s localhost:3000/workflows/Booking -H 'Content-Type: application/json' -H 'Idempotency-Key: key-1' \
  -d '{
    "id": "trip-2", "method": "book", "tags": ["vip"], "meta": { "tenant": "acme" },
    "args": [{ "flight": "AF1", "hotel": "Ritz", "nights": 2, "cents": 50000, "approval": true }]
  }'
