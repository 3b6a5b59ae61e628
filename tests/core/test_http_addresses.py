"""The guard against requests into private networks: what it refuses, however it is written."""

from __future__ import annotations

import pytest
from tests.factories.http_server import answer, scripted_server

from backline.core.http import DestinationRefusedError, Origin, Outbound, Reach, Service, is_public, origin_of

REFUSED = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255",
    "127.0.0.1", "127.1.2.3", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192",
    "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b::808:808",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1", "2001:db8::1",
    "2002:7f00:1::1", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1",
    "fe80::1%eth0", "2606:4700::1%eth0", "fec0::1", "ff02::1", "4000::1",
    "", "localhost", "1.2.3", "0x7f000001", "2130706433", "1.2.3.4.5", "08.8.8.8",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8", "1.1.1.1", "35.186.224.25", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0",
    "192.0.1.1", "198.17.255.255", "198.20.0.0", "223.255.255.255",
    "2606:4700:4700::1111", "2a00:1450:4001:80f::200e", "2001:4860:4860::8888", "2600:1901:1:7c5::",
]  # fmt: skip


@pytest.mark.parametrize("address", REFUSED)
def test_special_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_ordinary_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", REFUSED)
def test_a_name_is_refused_when_one_of_its_addresses_is_special(address: str) -> None:
    reach = Reach(resolver=lambda host, port: ("8.8.8.8", address))
    with pytest.raises(DestinationRefusedError):
        reach.addresses("covers.example", 443)


def test_a_name_is_resolved_once_and_all_its_addresses_are_given() -> None:
    asked = []

    def resolver(host: str, port: int) -> tuple[str, ...]:
        asked.append((host, port))
        return ("8.8.8.8", "2606:4700:4700::1111")

    assert Reach(resolver=resolver).addresses("covers.example", 443) == ("8.8.8.8", "2606:4700:4700::1111")
    assert asked == [("covers.example", 443)]


@pytest.mark.parametrize(
    "url",
    [
        "http://covers.example/a.jpg", "https://covers.example:8443/", "https://covers.example:22/",
        "http://127.0.0.1:8002/a.jpg", "http://127.0.0.1:9000/a.jpg", "https://127.0.0.1:9001/", "http://localhost:9001/",
        "http://127.0.0.1.:9001/", "http://[::1]:9001/",
    ],
)  # fmt: skip
def test_only_https_on_the_ports_of_the_web_is_reached(url: str) -> None:
    with pytest.raises(DestinationRefusedError):
        Reach(sandbox_url="http://127.0.0.1:9001").check(
            origin_of(url if "127.0.0.1.:9001" not in url else "https://covers.example:9001/")
        )


def test_the_sandbox_alone_is_reached_by_http_on_its_own_port() -> None:
    reach = Reach(sandbox_url="http://127.0.0.1:9001", resolver=lambda host, port: ("127.0.0.1",))
    reach.check(Origin("http", "127.0.0.1", 9001))
    assert reach.addresses("127.0.0.1", 9001) == ("127.0.0.1",)
    with pytest.raises(DestinationRefusedError):
        reach.addresses("127.0.0.1", 443)
    with pytest.raises(DestinationRefusedError):
        Reach().check(Origin("http", "127.0.0.1", 9001))


@pytest.mark.parametrize(
    "url",
    [
        "", "covers.example/a.jpg", "//covers.example/", "file:///etc/passwd", "gopher://covers.example/",
        "ftp://covers.example/", "javascript:alert(1)", "https://", "https:///a", "https://user@covers.example/",
        "https://user:secret@covers.example/", "https://covers.example@127.0.0.1/", "https://covers.example:port/",
        "https://[::1/", "https://cov%65rs.example/", "https://covers.example\\@127.0.0.1/", "https://cov ers.example/",
        "https://covers.example:99999/", "https://[fe80::1%25eth0]/", "https://" + "a" * 70 + "é.example/",
    ],
)  # fmt: skip
def test_addresses_that_readers_could_disagree_on_are_refused(url: str) -> None:
    with pytest.raises(DestinationRefusedError):
        origin_of(url)


def test_hosts_are_compared_in_one_form() -> None:
    assert origin_of("HTTPS://Covers.EXAMPLE.:443/a") == Origin("https", "covers.example", 443)
    assert origin_of("https://bücher.example/") == Origin("https", "xn--bcher-kva.example", 443)
    assert origin_of("https://①②⑦.⓪.⓪.①/").host == "127.0.0.1"
    assert origin_of("https://[2001:4860:4860::8888]/").host_header == "[2001:4860:4860::8888]"


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "2130706433", "0x7f.1", "0177.0.0.1", "localhost", "127.1"])
def test_every_way_to_write_this_machine_is_refused(host: str) -> None:
    service = Service(name="The cover's host", base_url="", outbound=Outbound(Reach()))
    with pytest.raises(DestinationRefusedError):
        service.download(f"https://{host}/latest/meta-data")


def test_a_redirect_into_a_private_network_is_refused_before_anything_is_sent_there() -> None:
    with (
        scripted_server() as inside,
        scripted_server(lambda _: answer(status=302, headers={"location": f"{inside.url}/admin"})) as outside,
    ):
        service = Service(name="The cover's host", base_url="", outbound=Outbound(Reach(sandbox_url=outside.url)))
        with pytest.raises(DestinationRefusedError):
            service.download(f"{outside.url}/a.jpg", most_redirects=3)
        assert inside.connections == 0


def test_a_redirect_to_a_name_that_leads_inside_is_refused_before_anything_is_sent_there() -> None:
    with scripted_server(lambda _: answer(status=302, headers={"location": "https://rebinding.example/"})) as outside:
        answers = {"127.0.0.1": ("127.0.0.1",), "rebinding.example": ("169.254.169.254",)}
        reach = Reach(sandbox_url=outside.url, resolver=lambda host, port: answers[host])
        with pytest.raises(DestinationRefusedError) as refusal:
            Service(name="The cover's host", base_url="", outbound=Outbound(reach)).download(
                f"{outside.url}/a.jpg", most_redirects=3
            )
        assert refusal.value.message == (
            "The cover's host: This web address leads into a private network, which is refused."
        )
