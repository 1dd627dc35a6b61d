curl -s localhost:3000/workflows/Booking/trip-1/history
curl -s localhost:3000/workflows/Booking/trip-1/queries/progress
