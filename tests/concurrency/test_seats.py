"""How many places one address may take."""

from webapp.concurrency.seats import Seats


def test_an_address_gets_its_places_and_others_theirs():
    seats = Seats(2, lambda address: False)
    with seats.take("192.0.2.1"), seats.take("192.0.2.1"):
        assert seats.take("192.0.2.1") is None
        with seats.take("192.0.2.2"):
            pass
    with seats.take("192.0.2.1"):
        pass


def test_a_network_of_ipv6_is_one_address():
    seats = Seats(1, lambda address: False)
    with seats.take("2001:db8::1"):
        assert seats.take("2001:db8::2") is None
        assert seats.take("2001:db8:0:1::2") is not None


def test_a_place_comes_back_also_after_an_error():
    seats = Seats(1, lambda address: False)
    for _ in range(3):
        try:
            with seats.take("192.0.2.1"):
                raise ValueError
        except ValueError:
            pass
    assert seats.take("192.0.2.1") is not None


def test_a_proxy_and_no_limit_take_any_number():
    proxied, unlimited = Seats(1, lambda address: address == "proxy"), Seats(0, lambda address: False)
    with (
        proxied.take("proxy"),
        proxied.take("proxy"),
        unlimited.take("192.0.2.1"),
        unlimited.take("192.0.2.1"),
    ):
        pass
