"""The catalogue that comes with the project. Every artist, title, label and identifier in it is invented."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backline.sandbox import identifiers
from backline.sandbox.catalogue import Artist, Playlist, Release, Track, TrueType

DEMO_ARTIST_ID = identifiers.spotify_id("artist", "Oleander Pike")
"""Oleander Pike: forty releases of all four types."""
SINGLE_ARTIST_ID = identifiers.spotify_id("artist", "Ines Tallow")
"""Ines Tallow: one single and nothing else."""
EMPTY_ARTIST_ID = identifiers.spotify_id("artist", "The Unrecorded")
"""The Unrecorded: an artist with no release."""
SCRIPTS_ARTIST_ID = identifiers.spotify_id("artist", "潮のあいだ")
"""潮のあいだ: titles in many scripts, with markup, quotes, emoji and 500 characters."""
BENCH_500_ARTIST_ID = identifiers.spotify_id("artist", "Conveyor Five Hundred")
"""Conveyor Five Hundred: 500 releases, for measuring."""
BENCH_2000_ARTIST_ID = identifiers.spotify_id("artist", "Conveyor Two Thousand")
"""Conveyor Two Thousand: 2,000 releases, for measuring."""
PLAYLIST_ID = identifiers.spotify_id("playlist", "Music for the Late Crossing")
"""Music for the Late Crossing: a public playlist."""
SCRIPTS_PLAYLIST_ID = identifiers.spotify_id("playlist", "موسيقى الميناء")
"""A public playlist with a right-to-left name and markup in its description."""

_ALBUMS = (
    ("Low Tide Radio", "2026-09-18", ("Signal at Dusk", "Low Tide Radio", "Harbour Night", "Static Between Us",
     "Salt in the Wires", "The Keeper's Daughter", "Undertow Hymn", "Frequency", "Morning Shipping Forecast")),
    ("A Map of Quiet Rooms", "2024-10-04", ("Hallway", "The Room with the Piano", "Dust and Daylight", "Upstairs Neighbour",
     "A Map of Quiet Rooms", "Locked Drawer", "Wallpaper Garden", "Leaving the Lamp On")),
    ("Letters from the Orchard", "2022-05-13", ("First Frost", "Windfall", "Letters from the Orchard", "Ladder Song",
     "Bees in November", "The Cider Press", "Grafting", "What the Blackbird Kept", "Last Light Through Leaves", "Gate")),
    ("Glasshouse", "2020-03-06", ("Glasshouse", "Condensation", "Vine Machine", "A Pane for Every Season", "Slow Bloom",
     "Heat Lamp", "Panes")),
    ("Paper Weather", "2018-11", ("Paper Weather", "Origami Rain", "Forecast for Nobody", "Barometer", "Fold Here",
     "Umbrella Season", "Isobars", "Clearing by Evening")),
    ("First Crossing", "2016", ("First Crossing", "Gangway", "Engine Room Lullaby", "The Purser's Waltz", "Horizon Line",
     "Landfall", "Return Ticket")),
)  # fmt: skip
_EPS = (
    ("Night Ferry", "2026-03-27", ("Night Ferry", "Deck Lights", "Passenger List", "Wake")),
    ("Slow Mornings", "2025-06-20", ("Kettle", "Slow Mornings", "Window Seat", "Second Cup", "Nowhere to Be")),
    ("Harbour Tapes", "2023-08-11", ("Tape One", "Tape Two", "Tape Three", "Tape Four", "Tape Five", "Tape Six")),
    ("Kitchen Recordings", "2021-12-03", ("Tap Water", "Oven Door", "Spoon Rhythm", "Goodnight, Fridge")),
    ("Northbound", "2019-09-13", ("Platform Nine", "Northbound", "Sleeper Car", "Terminus", "Coda for a Train")),
    ("Five Small Lamps", "2017-04-28", ("Brass", "Paper", "Glass", "Oil", "Moon")),
    ("Demonstrations", "2015-10", ("Demonstration A", "Demonstration B", "Demonstration C", "Demonstration D")),
)
_COMPILATIONS = (
    ("Ten Years of Tides", "2026-06-05", ("First Crossing", "Glasshouse", "Windfall", "Night Ferry", "Kettle", "Northbound",
     "Harbour Night")),
    ("B-Sides and Lost Signals", "2023-01-20", ("Dial Tone", "Attic Version", "Number Station", "Half a Song")),
    ("Songs for Small Boats", "2021-06-18", ("Rowlocks", "Coracle", "Bilge Pump Blues", "Knots", "Tiller")),
    ("The Remixes, Vol. 1", "2020-10-30", ("Glasshouse (Night Version)", "Condensation (Slow Version)",
     "Vine Machine (Club Version)")),
    ("Live from the Boathouse", "2018-02-09", ("Gangway (Live)", "Landfall (Live)", "Paper Weather (Live)", "Barometer (Live)",
     "Return Ticket (Live)", "Horizon Line (Live)")),
)  # fmt: skip
_SINGLES = (
    ("Floodlight", "2026-11-06"), ("Signal at Dusk", "2026-08-07"), ("Harbour Night", "2026-07-03"),
    ("Hold the Line Softly", "2026-01-16"), ("Window Seat", "2025-05-09"), ("Lanterns on the Pier", "2025-02-14"),
    ("Upstairs Neighbour", "2024-08-30"), ("Hallway", "2024-07-05"), ("No Ceiling Left", "2024-02-23"),
    ("Tape Two", "2023-07-14"), ("Winter Timetable", "2022-12-09"), ("Windfall", "2022-04-01"),
    ("First Frost", "2022-02-11"), ("Company", "2021-09-24"), ("Tidal Clock", "2021-03-19"), ("Slow Bloom", "2020-02-07"),
    ("Condensation", "2019-12-06"), ("Sleeper Car", "2019-08-02"), ("Origami Rain", "2018-09-28"), ("Moon", "2017-03-24"),
    ("Gangway", "2016-05"), ("Salt", "2015"),
)  # fmt: skip

_LONG = "The Extremely Long Title of a Song That Would Not Stop Growing "
_STRANGE = (
    ("潮のあいだ", "album", "2026-04-10", ("潮のあいだ", "夜明けの信号機", "灯台もと暗し", "ガラスの午後", "さよなら、踏切", "波", "終電")),
    ("موسيقى الميناء", "album", "2025-10-17", ("الميناء", "رسالة إلى البحر", "ضوء بعيد", "عودة", "ليل طويل", "نافذة", "غدا")),
    ("שירים לסירה קטנה", "ep", "2025-03-07", ("סירה", "מפרש", "חוף", "לילה טוב")),
    ("🌊🌙✨", "single", "2026-02-02", ("🌊🌙✨",)),
    ("👩‍🚀 in 🇯🇵", "single", "2025-12-24", ("👩‍🚀 in 🇯🇵",)),
    ("<script>alert('tide')</script>", "single", "2025-09-09", ("<script>alert('tide')</script>",)),
    ("</script><b>Bold & \"Quoted\"</b>", "ep", "2025-01-31", ("</script>", "<b>Bold</b>", "\"Double\" & 'Single'", "&amp;lt;")),
    ((_LONG * 8)[:499] + "…", "single", "2024-11-11", ((_LONG * 8)[:499] + "…",)),
    ("\u202eTide Reversed\u202c", "single", "2024-06-21", ("\u202eTide Reversed\u202c",)),
    ("밤바다 라디오", "album", "2024-01-26", ("밤바다", "라디오", "등대", "파도", "새벽", "안개", "섬", "집")),
    ("พายุกระดาษ", "single", "2023-07-07", ("พายุกระดาษ",)),
    ("Ночной паром", "ep", "2023-02-17", ("Палуба", "Ночной паром", "Якорь", "Причал", "Рассвет")),
    ("Ťíchá žluť", "single", "2022-10-28", ("Ťíchá žluť",)),
    ("Étude n° 1 (feat. The Unrecorded) [Live à la plage]", "single", "2022-05-05", ("Étude n° 1",)),
    ("Etude n 1 feat The Unrecorded Live a la plage", "single", "2022", ("Etude n 1",)),
    ("...", "single", "2021-08", ("...",)),
    ("%2F..%2F?x=1#y", "single", "2021-01-01", ("%2F..%2F?x=1#y",)),
    ("'; DROP TABLE releases; --", "single", "2020-07", ("'; DROP TABLE releases; --",)),
    ("زمزمه‌های شب", "compilation", "2019", ("زمزمه", "شب", "باران")),
    ("Z̸a̷l̶g̵o̷", "single", "2018-10-31", ("Z̸a̷l̶g̵o̷",)),
)  # fmt: skip


def artists() -> list[Artist]:
    """Make all invented artists, the same ones every time."""
    return [
        _demo_artist(),
        _single_artist(),
        Artist(EMPTY_ARTIST_ID, "The Unrecorded", ("field recording",), 3),
        _scripts_artist(),
        _bench_artist(BENCH_500_ARTIST_ID, "Conveyor Five Hundred", 500),
        _bench_artist(BENCH_2000_ARTIST_ID, "Conveyor Two Thousand", 2000),
    ]


def playlists() -> list[Playlist]:
    """Make the invented public playlists."""
    return [
        Playlist(
            PLAYLIST_ID, "Music for the Late Crossing", "oleanderpike", "Oleander Pike",
            "Songs for the last boat home. Invented for the sandbox.", 34,
        ),
        Playlist(
            SCRIPTS_PLAYLIST_ID, "موسيقى الميناء", "shionoaida", "潮のあいだ",
            "Titles &amp; <b>markup</b> as people write them. Invented for the sandbox.", 120,
        ),
    ]  # fmt: skip


def make_release(
    artist: Artist, title: str, true_type: TrueType, released: str, track_titles: Sequence[str], *, label: str = ""
) -> Release:
    """Make a release with invented identifiers. It is not yet among the artist's releases."""
    words = (artist.id, title, true_type, released)
    release = Release(
        identifiers.spotify_id("release", *words),
        title,
        true_type,
        released,
        identifiers.upc("release", *words),
        artist,
        label or "Tidemark Recordings (invented)",
    )
    for number, track_title in enumerate(track_titles, start=1):
        release.tracks.append(
            Track(
                identifiers.spotify_id("track", *words, number),
                track_title,
                number,
                120_000 + identifiers.number("length", *words, number) % 180_000,
                identifiers.isrc(released, *words, number),
                release,
                identifiers.number("popularity", *words, number) % 60,
                identifiers.number("explicit", *words, number) % 12 == 0,
            )
        )
    return release


def _demo_artist() -> Artist:
    artist = Artist(DEMO_ARTIST_ID, "Oleander Pike", ("chamber pop", "indie folk"), 54)
    _publish(artist, "album", _ALBUMS)
    _publish(artist, "ep", _EPS)
    _publish(artist, "compilation", _COMPILATIONS)
    _publish(artist, "single", ((title, released, (title,)) for title, released in _SINGLES))
    return artist


def _single_artist() -> Artist:
    artist = Artist(SINGLE_ARTIST_ID, "Ines Tallow", ("ambient",), 21)
    _publish(artist, "single", (("Candle Count", "2026-10-02", ("Candle Count",)),))
    return artist


def _scripts_artist() -> Artist:
    artist = Artist(SCRIPTS_ARTIST_ID, "潮のあいだ", ("city pop", "dream pop"), 37)
    types: dict[str, TrueType] = {"album": "album", "single": "single", "ep": "ep", "compilation": "compilation"}
    for title, kind, released, tracks in _STRANGE:
        artist.releases.append(make_release(artist, title, types[kind], released, tracks))
    return artist


def _bench_artist(artist_id: str, name: str, count: int) -> Artist:
    """Every fourth release has four or five tracks and is an EP or an album, the others are singles."""
    artist = Artist(artist_id, name, ("generated",), 1)
    for number in range(1, count + 1):
        released = f"{2026 - number % 20}-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
        title = f"Belt {number:04d}"
        true_type: TrueType = "single"
        tracks = [title]
        if number % 4 == 0:
            true_type = "ep" if number % 8 == 0 else "album"
            tracks = [f"{title}, Part {part}" for part in range(1, 6 if number % 8 == 0 else 9)]
        artist.releases.append(make_release(artist, title, true_type, released, tracks))
    return artist


def _publish(artist: Artist, true_type: TrueType, releases: Iterable[tuple[str, str, Sequence[str]]]) -> None:
    for title, released, tracks in releases:
        artist.releases.append(make_release(artist, title, true_type, released, tracks))
