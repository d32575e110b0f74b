"""Names of people and of applications, from several scripts, some of them much commoner than others."""

from random import Random

GIVEN = (
    *("Anna", "José", "Jürgen", "Zoë", "Łukasz", "Søren", "Fatma", "İsmail", "Đorđe", "Chloé", "Anne-Marie", "Siobhán"),
    *("Иван", "Ольга", "Наталья", "Юрій", "Светлана", "Ὀδυσσεύς", "Ελένη", "Γιώργος", "Անահիտ", "გიორგი", "דוד", "שרה"),
    *(
        "محمد",
        "فاطمة",
        "علی",
        "مریم",
        "राजेश",
        "प्रिया",
        "অমিত",
        "முருகன்",
        "สมชาย",
        "太郎",
        "花子",
        "さくら",
        "민준",
        "서연",
        "伟",
        "芳",
    ),
)
FAMILY = (
    *("Müller", "García", "Nguyễn", "Smith", "O’Brien", "Błaszczyk", "Ångström", "Yılmaz", "Kovačević", "da Silva"),
    *(
        "Groß",
        "Dubois",
        "Иванов",
        "Кузнецова",
        "Шевченко",
        "Παπαδόπουλος",
        "Սարգսյան",
        "ბერიძე",
        "כהן",
        "الأحمد",
        "حسینی",
    ),
    *("शर्मा", "চক্রবর্তী", "சுப்பிரமணியம்", "ศรีสุข", "山田", "佐藤", "김", "박", "王", "李", "Schmidt", "Rossi", "Jansen"),
)
HOSTS = ("example.com", "example.org", "example.net", "mail.example.com", "uni.example.org", "post.example.net")
PLAIN = ("ada", "bo", "cleo", "dara", "eli", "fay", "gus", "hal", "ida", "jo", "kim", "lou", "mia", "noa", "ole", "pia")
KINDS = ("Shop", "Портал", "Wiki", "Büro", "Agent", "CRM", "Mail", "日程", "Board", "Backup", "Spiele", "مكتبة", "API")
OWNERS = ("North", "Acme", "Groß & Söhne", "Київ", "Tōkyō", "Río", "Delta", "Blue", "Campus", "Lab", "Zürich", "Omega")


def person(random: Random) -> tuple[str, str]:
    """Return a given and a family name; one of ten people gave none."""
    if random.random() < 0.1:
        return "", ""
    return _common(random, GIVEN), _common(random, FAMILY)


def application(random: Random, number: int) -> str:
    """Return a client's name; most carry a number."""
    name = f"{random.choice(OWNERS)} {random.choice(KINDS)}"
    return f"{name} {number}" if random.random() < 0.8 else name


def _common(random: Random, names: tuple[str, ...]) -> str:
    """Return one of the names; the first are had by many more than the last."""
    return names[int(len(names) * random.random() ** 2)]
