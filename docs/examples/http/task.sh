curl -s localhost:3000/services/Payments/charge -H 'Content-Type: application/json' -H 'Prefer: wait=20' \
  -H 'Idempotency-Key: key-2' -d '{ "args": [4500], "timeout": "1h" }'
