curl -s localhost:3000/workflows/Booking/trip-1/retry-tasks -H 'Content-Type: application/json' -d '{ "status": "failed" }'
curl -s localhost:3000/workflows/Booking/trip-1/complete-timers -X POST
curl -s localhost:3000/workflows/Booking/trip-1/cancel -X POST -H 'Prefer: wait=5'
