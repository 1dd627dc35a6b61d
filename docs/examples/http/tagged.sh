curl -s 'localhost:3000/workflows/Booking/by-tag?tag=vip'
