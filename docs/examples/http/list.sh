curl -s 'localhost:3000/workflows?workflow=Booking&status=completed&limit=20'
