"""What a head and neck is made of: shapes in painting order, from the neck's base (z = 0 mm) to the crown.

The head is a little lower than a grown-up's, so that 120 mm hold everything from the trachea to the lateral
ventricles. Radiodensities are those of the usual tables, for a scan with contrast agent in the vessels.
"""

from shared.local.sample.shapes import Arch, Blob, Column, Rod, Shape

AIR, FAT, WATER, FLUID = -1000, -95, 0, 8
MUSCLE, GLAND, PAROTID, NERVE, WHITE, GREY, VESSEL = 58, 72, -10, 38, 24, 42, 170
CARTILAGE, MARROW, SPONGY, BONE, CORTEX, ENAMEL = 180, 300, 420, 750, 1100, 1600

_OUTLINE = (  # z, half width, centre y, front half depth, back half depth
    (-10, 70, 8, 54, 70),
    (0, 63, 8, 55, 63),
    (14, 58, 8, 54, 60),
    (24, 59, 4, 60, 64),
    (31, 61, -4, 74, 73),
    (38, 64, -6, 85, 76),
    (50, 68, -4, 88, 78),
    (62, 72, 0, 90, 82),
    (76, 76, 2, 92, 90),
    (92, 79, 4, 97, 94),
    (106, 79, 5, 96, 94),
    (122, 75, 6, 90, 89),
)
OUTLINE_Z, OUTLINE_X, OUTLINE_Y, OUTLINE_FRONT, OUTLINE_BACK = zip(*_OUTLINE, strict=True)

OUTSIDE: tuple[Shape, ...] = (
    Rod((0, -84, 86), (0, -95, 68), 8.5, 42),  # the nose
    Blob((0, -98, 66), (10, 8, 7), 42),
    Blob((78, 14, 76), (4.5, 15, 19), 30, paired=True),  # ears
    Blob((81, 11, 76), (3, 8, 11), AIR, paired=True),
)

NECK: tuple[Shape, ...] = (
    # trapezius
    Column(((-10, 30, 48, 24, 10), (30, 24, 54, 20, 8), (62, 14, 66, 10, 5)), MUSCLE, paired=True),
    Column(((-10, 24, 36, 12, 8), (60, 27, 54, 17, 9), (70, 38, 60, 14, 9)), MUSCLE, paired=True),  # splenius
    Column(
        ((-10, 10, 50, 8.5, 8), (62, 12, 58, 11.5, 10), (72, 15, 78, 15, 6)), MUSCLE, paired=True
    ),  # semispinalis
    Column(((-10, 41, 28, 9, 11), (58, 40, 30, 9, 11)), MUSCLE, paired=True),  # levator scapulae
    Column(((-10, 27, 16, 9, 7), (40, 24, 14, 5, 6)), MUSCLE, paired=True),  # scalenes
    Column(((-10, 7, 6, 6, 4), (58, 6, 3, 5, 3.5)), MUSCLE, paired=True),  # longus colli
    Rod((20, -32, -12), (38, -6, 22), 9.5, MUSCLE, paired=True),  # sternocleidomastoid
    Rod((38, -6, 22), (58, 20, 66), 9, MUSCLE, paired=True),
    Column(((-10, 9, -38, 8, 3.5), (28, 9, -44, 7, 3)), MUSCLE, paired=True),  # strap muscles
    Column(((-10, 0, -14, 12, 15), (34, 0, -14, 15, 15)), MUSCLE),  # the visceral column
    # thyroid
    Column(((-10, 17, -14, 5, 8), (6, 17, -16, 8, 13), (14, 16, -18, 5, 8)), GLAND + 40, paired=True),
    Column(((-10, 28, 0, 6, 7), (62, 30, 8, 5, 5)), VESSEL - 20, paired=True),  # internal jugular
    # carotid
    Column(((-10, 19, -1, 3.6, 3.6), (32, 23, -4, 4.5, 4), (70, 25, 0, 3, 3)), VESSEL, paired=True),
    Blob((29, -24, 33), (9, 13, 9), GLAND, paired=True),  # submandibular gland
    Column(((-10, -5, 3, 6, 3), (16, 0, 0, 8, 3)), MUSCLE - 15),  # oesophagus
)

FACE: tuple[Shape, ...] = (
    Blob((0, -45, 44), (31, 34, 14), MUSCLE),  # tongue and floor of the mouth
    Rod((0, -20, 38), (0, -66, 38), 1.2, FAT),  # its septum
    Rod((0, -20, 44), (0, -66, 44), 1.2, FAT),
    Column(((30, 0, -6, 20, 12), (70, 0, -2, 22, 12)), MUSCLE),  # pharyngeal wall
    Blob((58, -21, 52), (8, 20, 21), MUSCLE, paired=True),  # masseter
    Blob((37, -16, 57), (8, 16, 16), MUSCLE, paired=True),  # pterygoids
    Blob((58, 0, 53), (10, 17, 16), PAROTID, paired=True),
    # temporalis
    Column(((70, 57, -26, 7, 16), (84, 66, -26, 6, 22), (112, 71, -20, 3, 20)), MUSCLE, paired=True),
    Blob((0, -85, 54), (27, 5, 9), MUSCLE - 10),  # lips
    Rod((40, -62, 52), (60, -30, 56), 2.5, MUSCLE, paired=True),  # buccinator
)

JAWS: tuple[Shape, ...] = (
    Arch((0, -24), (46, 58), 11, (32, 45), -22, CORTEX),
    Arch((0, -24), (43.5, 55.5), 6, (33, 44), -22, MARROW),
    Blob((47, -14, 52), (5.5, 13, 20), CORTEX, paired=True),  # ramus
    Blob((47, -14, 50), (2.8, 10, 16), SPONGY, paired=True),
    Blob((53, -4, 71), (9, 5, 5), CORTEX, paired=True),  # condyle
    Arch((0, -26), (39, 57), 12, (56, 65), -24, BONE),
    Arch((0, -26), (36, 54), 6, (57, 64), -24, SPONGY),
    Blob((0, -50, 63), (26, 26, 1.6), BONE),  # hard palate
    Rod((48, -66, 74), (63, -40, 74), 4, CORTEX, paired=True),  # zygomatic arch
    Rod((63, -40, 74), (68, -6, 76), 2.6, CORTEX, paired=True),
    Arch((0, -22), (21, 22), 4, (28, 33), -18, BONE),  # hyoid
)

SPINE: tuple[Shape, ...] = (
    Column(((-10, 19, 25, 8, 9), (60, 20, 26, 9, 9)), BONE, paired=True),  # lateral masses
    Column(((-10, 19, 26, 5, 6), (60, 20, 27, 6, 6)), SPONGY, paired=True),
    Column(((-10, 19, 17, 4.5, 4.5), (60, 21, 20, 5, 5)), BONE, paired=True),  # transverse foramen
    Column(((-10, 19, 17, 2.6, 2.6), (60, 21, 20, 3, 3)), VESSEL, paired=True),  # vertebral artery
    Column(((-10, 0, 37, 16, 13.5), (61, 0, 36, 18, 15)), BONE),  # laminae
    Column(((-10, 0, 18, 14, 10), (50, 0, 16, 12, 9), (60, 0, 14, 8, 7)), CORTEX - 200),  # vertebral bodies
    Column(((-10, 0, 18, 11.8, 7.8), (50, 0, 16, 9.8, 6.8), (60, 0, 14, 5.5, 4.5)), SPONGY),
    *(Blob((0, 17.5, z), (13.5, 9.5, 1.6), 95) for z in (-3, 12, 27, 42)),  # discs
    *(Rod((0, 48, z), (0, 63, z - 3), 3.4, BONE) for z in (4, 19, 34, 49)),  # spinous processes
    Column(((-10, 0, 36, 12, 9.5), (50, 0, 35, 13, 10.5), (68, 0, 34, 15, 15)), WATER + 6),  # canal
    Column(((-10, 0, 36, 7, 4.8), (50, 0, 35, 7, 5.2), (70, 0, 28, 8, 7)), NERVE),  # cord
)

AIRWAY: tuple[Shape, ...] = (
    Arch((0, -18), (19, 24), 3.2, (12, 25), -12, CARTILAGE),  # thyroid cartilage
    Column(((-10, 0, -20, 12, 12), (6, 0, -20, 12.5, 12.5), (11, 0, -20, 13, 13)), CARTILAGE - 60),  # rings
    Column(
        (
            (-10, 0, -21, 9.5, 10),
            (9, 0, -21, 9, 10.5),
            (17, 0, -20, 4, 11),  # the glottis
            (24, 0, -18, 9, 8),
            (34, 0, -10, 13, 7),
            (50, 0, -6, 12, 7),
            (60, 0, -6, 13, 7),
            (75, 0, -10, 14, 9),
        ),
        AIR,
    ),
    Blob((0, -21, 27), (7, 2, 6), 70),  # epiglottis
    Blob((0, -55, 60), (20, 17, 1.6), AIR),  # the closed mouth's slit
)

SINUSES: tuple[Shape, ...] = (
    Blob((32, -54, 69), (17, 22, 11), BONE, paired=True),  # maxillary sinus
    Blob((32, -54, 69), (15, 20, 9), AIR, paired=True),
    Blob((10, -56, 72), (9.5, 34, 14), BONE - 400, paired=True),  # nasal cavity
    Blob((9.4, -56, 72), (8.2, 33, 12.5), AIR, paired=True),
    Rod((11, -74, 67), (11, -34, 67), 3.6, 45, paired=True),  # turbinates
    Rod((10, -66, 75), (10, -36, 75), 2.8, 45, paired=True),
    Rod((4, -88, 67), (5, -98, 62), 3, AIR, paired=True),  # nostrils
    Blob((0, -58, 88), (14, 30, 10), BONE - 350),  # ethmoid cells
    *(Blob((6.5, y, 83.5), (5.3, 5.2, 4.4), AIR, paired=True) for y in (-76, -64, -52, -40)),
    *(Blob((6.5, y, 92.5), (5.3, 5.2, 4.4), AIR, paired=True) for y in (-76, -64, -52, -40)),
    Blob((9, -22, 82), (10, 12, 9), BONE, paired=True),  # sphenoid sinus
    Blob((8.6, -22, 82), (7.8, 10, 7), AIR, paired=True),
    Blob((11, -84, 101), (9, 4.2, 7), AIR, paired=True),  # frontal sinus
)

ORBITS: tuple[Shape, ...] = (
    Blob((33, -58, 87), (21, 31, 15.5), CORTEX, paired=True),  # walls
    Blob((32, -59, 87), (18.5, 29, 13), FAT, paired=True),
    Blob((32, -82, 87), (17, 6, 11), 40, paired=True),  # lids
    Rod((18, -68, 86), (13, -36, 86), 2.4, MUSCLE + 5, paired=True),  # medial rectus
    Rod((46, -64, 86), (18, -34, 86), 2.4, MUSCLE + 5, paired=True),  # lateral rectus
    Rod((32, -64, 97), (16, -36, 90), 2.4, MUSCLE + 5, paired=True),  # superior rectus
    Rod((32, -64, 75), (16, -36, 82), 2.4, MUSCLE + 5, paired=True),  # inferior rectus
    Rod((31, -62, 86), (9, -30, 88), 2.3, NERVE, paired=True),  # optic nerve
    Blob((32, -74, 86), (12.6, 12.6, 12.6), 52, paired=True),  # sclera
    Blob((32, -74, 86), (11.2, 11.2, 11.2), 12, paired=True),  # vitreous body
    Blob((32, -82.5, 86), (5, 2.4, 5), 95, paired=True),  # lens
    Rod((6, -86, 87), (3, -95, 75), 1.5, BONE, paired=True),  # nasal bones
)

SKULL_BASE: tuple[Shape, ...] = (
    Rod((16, -4, 76), (54, 22, 78), 8, BONE + 150, paired=True),  # petrous ridge
    Blob((57, 26, 72), (11, 15, 15), BONE, paired=True),  # mastoid
    Rod((0, 2, 66), (0, -8, 78), 9, BONE - 150),  # clivus
    Rod((0, 2, 66), (0, -8, 78), 6.5, SPONGY),
    Blob((19, 24, 63), (7, 10, 4), BONE, paired=True),  # occipital condyles
    Column(((56, 0, 35, 13, 11), (68, 0, 34, 16, 15)), WATER + 6),  # foramen magnum
    Column(((56, 0, 35, 7, 5.2), (68, 0, 29, 8, 7)), NERVE),  # medulla
    Rod((52, 8, 76), (84, 10, 76), 3.2, AIR, paired=True),  # ear canal
    Blob((45, 13, 77), (5, 4, 5), AIR, paired=True),  # middle ear
    Blob((34, 10, 77), (3, 3, 3), FLUID, paired=True),  # inner ear
)

BRAIN: tuple[Shape, ...] = (
    # brainstem
    Column(((66, 0, 30, 8, 7), (76, 0, 17, 13, 11), (90, 0, 10, 15, 11), (96, 0, 4, 20, 9)), NERVE),
    Blob((0, 33, 80), (9, 4, 8), FLUID),  # fourth ventricle
    Blob((0, -8, 92), (12, 9, 3.5), FLUID),  # basal cisterns
    Blob((0, 27, 97), (12, 4, 4), FLUID),
    Blob((22, -8, 106), (9, 20, 11), GREY, paired=True),  # lentiform nucleus
    Blob((11, 9, 106), (9, 13, 10), GREY, paired=True),  # thalamus
    Blob((0, 4, 104), (2, 13, 8), FLUID),  # third ventricle
    Rod((6, -22, 109), (14, -34, 108), 5, FLUID, paired=True),  # frontal horns
    Rod((7, -22, 112), (12, 20, 120), 6, FLUID, paired=True),  # bodies
    Rod((17, 22, 116), (27, 34, 108), 6.5, FLUID, paired=True),  # atria
    Rod((27, 34, 108), (20, 58, 107), 4, FLUID, paired=True),  # occipital horns
    Blob((24, 36, 110), (2.5, 4, 3), 140, paired=True),  # calcified plexus
    Blob((0, 22, 104), (2.4, 2.4, 2.4), 220),  # calcified pineal gland
)
