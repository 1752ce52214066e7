"""Constants of nature and of the calendar that several modules use."""

STEFAN_BOLTZMANN = 5.670374419e-8  # [W/m2/K4] CODATA (2018), exact by the definition of the SI
PLANCK = 6.62607015e-34  # [J s] SI (2019), exact by definition
LIGHT_SPEED = 299792458.0  # [m/s] SI (1983), exact by definition
BOLTZMANN_EV = 8.617333262e-5  # [eV/K] CODATA (2018)
CELSIUS_ZERO = 273.15  # [K] SI (2019), definition of the degree Celsius
STANDARD_GRAVITY = 9.80665  # [m/s2] CGPM (1901), definition
EARTH_RADIUS = 6371.0  # [km] mean radius, IUGG (1980)
EQUATORIAL_RADIUS = 6378.137  # [km] WGS 84 (1984)
GRAVITY = 398600.4418  # [km3/s2] Earth's gravitational parameter, WGS 84 (1997 revision)
OBLATENESS = 1.08262668e-3  # [-] J2, EGM96 (1996)
OBLIQUITY = 23.44  # [deg] of the ecliptic, IAU (2006), at J2000 and 0.01 deg less by 2070
SIDEREAL_DAY = 86164.0905  # [s] IERS (2010)
TROPICAL_YEAR = 365.2422  # [d] Meeus (1998)
SOLAR_CONSTANT = 1361.0  # [W/m2] at 1 au, Kopp, Lean (2011)
EARTH_IR = 237.0  # [W/m2] leaving the top of the atmosphere, mean of the globe, Gilmore (2002)
EARTH_ALBEDO = 0.3  # [-] mean of the globe, Gilmore (2002)
HOURS_PER_YEAR = 8766.0  # [h] Julian year of 365.25 days, IAU (1976) definition
SECONDS_PER_YEAR = 31.5576e6  # [s] Julian year of 365.25 days, IAU (1976) definition
JULIAN_YEAR = 365.25  # [d] IAU (1976) definition
