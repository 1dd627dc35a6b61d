curl -s localhost:3000/workflows/Booking/trip-2/channels/approval -H 'Content-Type: application/json' -d '{ "signal": true }'
