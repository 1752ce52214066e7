"""Published eclipses of dawn-dusk orbits: cylindrical shadow, true against mean sun, both nodes."""

#: km, inclination [deg], mean eclipse [%], longest [min], days a year with eclipse
TABLE = [
    (500.0, 97.4, 5.49, 22.7, 104),
    (550.0, 97.59, 4.92, 21.7, 98),
    (600.0, 97.79, 4.39, 20.7, 93),
    (650.0, 97.99, 3.92, 19.7, 88),
    (700.0, 98.19, 3.48, 18.8, 84),
    (800.0, 98.6, 2.72, 16.9, 74),
    (1000.0, 99.48, 1.51, 13.0, 56),
    (1200.0, 100.42, 0.62, 8.7, 36),
    (1400.0, 101.43, 0.0, 0.0, 0),
]
