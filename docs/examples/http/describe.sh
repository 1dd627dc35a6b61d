curl -s localhost:3000/workflows/Booking/trip-2
