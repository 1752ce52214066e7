"""Links of satellites against the tables of geometry, simulated rings and ground networks, and radio textbooks."""

import csv

import numpy as np

from compute_stack import orbit, satellite_link


def _rows(facts, name):
    with (facts / name).open() as rows:
        return [{key: float(value) if value else np.nan for key, value in row.items() if key != "network"}
                | {"network": row.get("network", "")} for row in csv.DictReader(rows)]  # fmt: skip


def test_geometry_of_the_table(facts):
    for row in _rows(facts, "leo_geometry.csv"):
        at = row["h_km"], row["el_deg"]
        np.testing.assert_allclose(satellite_link.leo_slant_range_km(*at), row["slant_km"], atol=1.0)
        np.testing.assert_allclose(np.rad2deg(satellite_link.coverage_angle(*at)), row["lam_deg"], atol=0.01)
        np.testing.assert_allclose(satellite_link.longest_pass(*at), row["max_pass_min"], atol=0.06)
        assert np.ceil(satellite_link.ring_satellites(*at)) == row["Nmin_ring"]


def test_visibility_of_a_dawn_dusk_ring_is_what_simulation_gives(facts):
    rows = _rows(facts, "leo_by_latitude.csv")
    h, lat = np.array([r["h_km"] for r in rows]), np.array([r["lat"] for r in rows])
    for elevation in (10.0, 25.0):
        seen = np.array([r[f"dense_ring_vis_el{elevation:.0f}"] for r in rows])
        ours = np.asarray(satellite_link.dawn_dusk_visibility(h, lat, elevation))
        np.testing.assert_allclose(ours[lat <= 60.0], seen[lat <= 60.0], atol=0.006)
        np.testing.assert_allclose(ours[lat > 60.0], seen[lat > 60.0], atol=0.03)


def test_interactive_service_sees_a_dawn_dusk_plane_an_eighth_of_the_day():
    # 30 to 60 degrees of latitude, 550 to 650 km, 25 degrees of elevation: 11 to 23 % of the day, so relays are needed.
    h, lat = np.meshgrid([550.0, 600.0, 650.0], np.linspace(30.0, 60.0, 7))
    share = np.asarray(satellite_link.dawn_dusk_visibility(h, lat, 25.0))
    np.testing.assert_allclose([share.min(), share.max()], [0.11, 0.23], atol=0.005)


def test_visibility_is_the_mean_of_what_is_seen_by_the_hour():
    hours = (np.arange(20000) + 0.5) / 20000 * 24.0
    for lat in (0.0, 40.0, 60.0):
        mean = np.mean(satellite_link.dawn_dusk_seen_at_hour(600.0, lat, hours, 25.0, 1e-4))
        np.testing.assert_allclose(satellite_link.dawn_dusk_visibility(600.0, lat, 25.0), mean, rtol=2e-3)


def test_contact_of_one_satellite_is_what_simulation_gives(facts):
    for row in _rows(facts, "leo_by_latitude.csv"):
        tilt = orbit.sun_synchronous_inclination(row["h_km"])
        for elevation in (10.0, 25.0):
            ours = satellite_link.contact_share(row["h_km"], tilt, row["lat"], elevation)
            np.testing.assert_allclose(ours, row[f"one_sat_contact_el{elevation:.0f}"], rtol=0.06, atol=2e-4)


def test_contact_is_the_share_of_ground_tracks_by_brute_force():
    rng = np.random.default_rng(11)
    turn, east = rng.uniform(0.0, 2.0 * np.pi, (2, 1000000))
    north = np.sin(1.7) * np.sin(turn)
    cosine = np.sin(np.deg2rad(50.0)) * north + np.cos(np.deg2rad(50.0)) * np.sqrt(1.0 - north**2) * np.cos(east)
    inside = np.mean(cosine > np.cos(float(satellite_link.coverage_angle(600.0, 15.0))))
    np.testing.assert_allclose(satellite_link.contact_share(600.0, 1.7, 50.0, 15.0), inside, rtol=0.03)


def test_relayed_round_trips_lie_on_the_table(facts):
    for row in _rows(facts, "leo_by_latitude.csv"):
        np.testing.assert_allclose(
            satellite_link.leo_relay_rtt(row["h_km"], row["lat"]), row["relay_rtt_mean"], rtol=0.07
        )
        hours = (np.arange(960) + 0.5) / 40.0
        daily = np.asarray(satellite_link.leo_relay_rtt_at_hour(row["h_km"], row["lat"], hours))
        np.testing.assert_allclose(np.mean(daily), satellite_link.leo_relay_rtt(row["h_km"], row["lat"]), rtol=2e-3)
        if row["lat"] <= 60.0:
            np.testing.assert_allclose(np.quantile(daily, 0.95), row["relay_rtt_p95"], rtol=0.12)


def test_confocal_beams_and_channels_of_suncatcher():
    np.testing.assert_allclose(satellite_link.confocal_range(0.05), 5070.0, rtol=1e-3)
    np.testing.assert_allclose(satellite_link.beam_divergence(0.1), 18.9e-6, rtol=2e-3)
    np.testing.assert_allclose(satellite_link.channel_capacity(24.0, 400.0), 9600.0)
    assert satellite_link.aperture_capacity(5.0, 0.1, 0.1, 300e3) > 9.6e12


def test_radio_links_by_the_textbook():
    # 20 GHz over 1,000 km: 92.45 + 20 log10(20) + 20 log10(1000) dB.
    loss = satellite_link.free_space_loss(1e6, 20e9)
    np.testing.assert_allclose(loss, 92.45 + 26.02 + 60.0, atol=0.01)
    # 1 W isotropic to a 0 dB/K receiver without loss: 228.6 dBHz.
    np.testing.assert_allclose(10.0 * np.log10(satellite_link.signal_to_noise(0.0, 0.0, 0.0, 1.0)), 228.6, atol=0.01)
    np.testing.assert_allclose(satellite_link.rain_attenuation(25.0, 1.0), 2.75, atol=0.01)
    wet = satellite_link.signal_to_noise(40.0, 12.0, loss + 10.0, 5e8)
    np.testing.assert_allclose(satellite_link.signal_to_noise(40.0, 12.0, loss, 5e8) / wet, 10.0)


def test_diversity_of_sites():
    # Nine to eleven premium sites reach 99.9 %; eight average ones 99.97 % (published networks).
    np.testing.assert_allclose(satellite_link.diverse_availability(0.69, 8.0), 0.9997, atol=3e-4)
    assert satellite_link.diverse_availability(0.64, 9.0, 0.06) > 0.99
    np.testing.assert_allclose(satellite_link.diverse_availability(0.64, 5.0, 1.0), 0.64)


def test_gateways_are_priced_on_what_they_carry():
    # Turyshev (2026): 200 Gb/s peak carry 26.3 at 13.2 % of the time.
    rate = satellite_link.delivered_rate(200.0, 0.132, 1.0)
    np.testing.assert_allclose(rate, 26.3, rtol=5e-3)
    price = satellite_link.gateway_price(7.5e6, 0.15, 0.05, 200.0, 0.132, 1.0)
    np.testing.assert_allclose(price * rate, 1.5e6, rtol=1e-12)
