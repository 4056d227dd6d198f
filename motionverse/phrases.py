"""What actions and styles are called: tables for motionverse.paraphrase, no code.

A phrase is a verb phrase; {verb} is conjugated, {their} becomes the subject's possessive. Left and right are the
subject's own. A style has adverbs (before or after the verb), phrases (after it) and adjectives (before the subject).
"""

_TURN = (
    "{walk} and {turn} SIDE", "{turn} SIDE while walking", "{walk} and {turn} to the SIDE", "{turn} to the SIDE while walking",
    "{walk} forward, then {turn} SIDE", "{take} a SIDE turn", "{make} a SIDE turn while walking", "{turn} SIDE",
    "{turn} to {their} SIDE", "{walk} around a corner to the SIDE", "{change} direction to the SIDE", "{veer} SIDE while walking",
    "{walk} straight and {make} a SIDE turn", "{walk} in a curve to the SIDE", "{take} a few steps and {turn} SIDE",
)  # fmt: skip
_DRIFT = (  # forward, and a little to one side, without turning
    "{walk} forward and to the SIDE", "{walk} diagonally to the SIDE", "{walk} forward, drifting to the SIDE", "{walk} to the SIDE",
    "{walk} diagonally forward to the SIDE", "{walk} at a slant to the SIDE", "{walk} towards {their} SIDE", "{walk} SIDE",
    "{walk} ahead, slightly to the SIDE", "{walk} forward bearing SIDE", "{drift} to the SIDE while walking forward",
)  # fmt: skip
_WAVE = (
    "{wave} {their} SIDE hand", "{wave} with {their} SIDE hand", "{wave} with the SIDE hand", "{wave} {their} SIDE arm",
    "{raise} {their} SIDE hand and {wave}", "{wave} using {their} SIDE hand", "{lift} {their} SIDE arm to wave",
    "{greet} somebody by waving {their} SIDE hand", "{shake} {their} raised SIDE hand from side to side",
    "{say} hello with a wave of the SIDE hand", "{hold} {their} SIDE hand up and {wave} it",
)  # fmt: skip
_RAISE = (
    "{raise} {their} SIDE hand", "{raise} {their} SIDE arm", "{lift} {their} SIDE hand", "{lift} {their} SIDE arm up",
    "{put} {their} SIDE hand up", "{raise} the SIDE hand", "{hold} {their} SIDE hand up high", "{put} up {their} SIDE hand",
    "{raise} {their} SIDE hand above {their} head", "{reach} up with {their} SIDE hand", "{stretch} {their} SIDE arm upwards",
    "{raise} the SIDE arm into the air", "{lift} {their} SIDE arm overhead", "{throw} {their} SIDE hand up",
)  # fmt: skip
_ON_HEAD = (
    "{put} {their} SIDE hand on {their} head", "{place} the SIDE hand on top of {their} head", "{touch} {their} head with {their} SIDE hand",
    "{hold} {their} head with {their} SIDE hand",
)  # fmt: skip
_SUPERMAN = (
    "{strike} a superman pose with {their} SIDE fist up", "{raise} {their} SIDE fist like a flying superhero",
    "{pose} like superman, SIDE arm stretched out", "{thrust} {their} SIDE arm forward like superman",
)  # fmt: skip


def _sided(name: str, phrases: tuple[str, ...], action: str = "") -> dict[str, tuple[str, ...]]:
    return {name.replace("SIDE", side): tuple(p.replace("SIDE", side) for p in phrases) for side in ("left", "right")}


PHRASES: dict[str, tuple[str, ...]] = {
    **_sided("walk-turn-SIDE", _TURN), **_sided("walk-SIDE", _DRIFT), **_sided("wave-SIDE-hand", _WAVE),
    **_sided("raise-up-SIDE-hand", _RAISE), **_sided("SIDE-hand-on-head", _ON_HEAD), **_sided("superman-SIDE", _SUPERMAN),
    **_sided("run-SIDE", (
        "{run} and {turn} SIDE", "{run} to the SIDE", "{turn} SIDE while running", "{run} in a curve to the SIDE", "{jog} around to the SIDE")),
    "walk": (
        "{walk} forward", "{walk}", "{walk} straight ahead", "{take} a few steps forward", "{walk} ahead", "{stroll} forward",
        "{step} forward", "{go} for a walk", "{walk} along", "{walk} in a straight line", "{move} forward at a walk", "{walk} forwards",
        "{pace} forward", "{walk} across the room", "{keep} walking"),
    "run": (
        "{run} forward", "{run}", "{jog} forward", "{run} straight ahead", "{jog}", "{run} ahead", "{go} for a run", "{run} forwards",
        "{run} in a straight line", "{move} forward at a run", "{run} along", "{keep} running"),
    "jog": ("{jog}", "{jog} forward", "{run} at an easy pace", "{go} for a jog", "{jog} along", "{run} slowly forward", "{trot} forward"),
    "dash": (
        "{dash} forward", "{sprint}", "{sprint} forward", "{run} fast", "{dash}", "{run} as fast as possible", "{rush} forward",
        "{run} at full speed", "{race} ahead", "{run} quickly"),
    "walk-back": (
        "{walk} backwards", "{walk} backward", "{step} backwards", "{back} up", "{move} backwards", "{walk} in reverse", "{back} away",
        "{take} steps backward", "{step} back", "{retreat} backwards", "{walk} back without turning around"),
    "bow": (
        "{bow}", "{take} a bow", "{bow} down", "{bend} forward in a bow", "{bow} politely", "{bow} in greeting", "{make} a bow",
        "{bow} from the waist", "{lower} {their} head in a bow", "{greet} someone with a bow", "{bend} at the waist to bow"),
    "bye": (
        "{wave} goodbye", "{wave} goodbye with {their} right hand", "{say} goodbye with a wave", "{wave} {their} right hand to say bye",
        "{wave} farewell with the right hand", "{wave} {their} right hand", "{wave} at someone", "{lift} {their} right hand to say bye", "{wave} a hand"),
    "byebye": (
        "{wave} bye bye with both hands", "{wave} goodbye with both hands", "{wave} both hands to say bye-bye", "{wave} goodbye with {their} arms up",
        "{wave} both arms to say goodbye", "{say} bye bye by waving both hands", "{raise} both hands and {wave} goodbye", "{wave} with both hands"),
    "wave-both-hands": (
        "{wave} both hands", "{wave} with both hands", "{wave} both arms", "{wave} {their} arms", "{raise} both hands and {wave}",
        "{wave} {their} hands in the air", "{greet} someone by waving both hands", "{wave} with two hands", "{wave} both arms overhead",
        "{swing} both raised hands from side to side", "{hold} both hands up and {wave}"),
    "wave-hello": ("{wave} hello", "{wave} at someone", "{wave} to say hi", "{greet} someone with a wave", "{wave} a hand in greeting", "{say} hello with a wave"),
    "raise-up-both-hands": (
        "{raise} both hands", "{raise} both arms", "{raise} {their} arms", "{lift} both hands up", "{put} both hands up", "{put} {their} hands up",
        "{raise} {their} hands above {their} head", "{throw} both arms up in the air", "{lift} {their} arms overhead", "{reach} up with both hands",
        "{stretch} both arms upwards", "{hold} both hands up high", "{put} {their} hands in the air"),
    "guide": (
        "{gesture} to show the way", "{guide} someone with a hand gesture", "{show} someone the way", "{direct} a visitor with the right arm",
        "{point} the way with {their} right hand", "{usher} someone along", "{invite} someone to come this way"),
    "respond": ("{respond} to a call", "{answer} someone who called", "{react} to someone calling", "{raise} a hand in answer", "{reply} with a gesture"),
    "call": ("{call} out to someone", "{shout} to someone far away", "{call} somebody over", "{beckon} someone", "{call} for someone", "{hail} someone"),
    "kick": ("{kick}", "{throw} a kick", "{kick} forward", "{do} a kick", "{kick} a leg out", "{perform} a high kick", "{kick} something", "{give} a kick"),
    "punch": ("{punch}", "{throw} a punch", "{punch} forward", "{punch} with one fist", "{do} a punch", "{strike} with a fist", "{hit} something with a punch"),
    "box": ("{box}", "{throw} punches", "{shadowbox}", "{punch} several times", "{fight} like a boxer", "{throw} jabs", "{punch} the air"),
    "slash": ("{slash} with a sword", "{swing} a sword", "{make} a slashing motion", "{cut} with a blade", "{swing} down an imaginary sword", "{slash}"),
    "dance-short": ("{dance} briefly", "{do} a short dance", "{dance} a few moves", "{dance}", "{do} a little dance", "{show} some dance moves"),
    "dance-long": ("{dance}", "{dance} for a while", "{do} a dance", "{keep} dancing", "{perform} a long dance", "{dance} freely"),
    "dance": ("{dance}", "{do} a dance", "{perform} dance moves", "{dance} to music", "{dance} around", "{move} to the beat", "{show} off dance moves"),
    "dance-spin": ("{spin} while dancing", "{dance} with spins", "{dance} and {twirl}", "{do} a spinning dance", "{twirl} around in a dance"),
    "wave-dance": ("{dance} by waving {their} arms", "{do} the wave dance", "{do} an arm wave", "{let} a wave roll through both arms", "{dance} the wave"),
    "dab": ("{dab}", "{do} the dab", "{strike} a dab pose", "{drop} {their} head into {their} elbow and {dab}", "{perform} a dab"),
    "idle": (
        "{stand} still", "{stand} idle", "{stand} in place", "{stand}", "{wait}", "{stand} around", "{stand} and {wait}", "{do} nothing",
        "{stand} relaxed", "{shift} {their} weight while standing", "{stay} in place", "{stand} quietly", "{idle}", "{stand} there"),
    "jump": ("{jump}", "{jump} up", "{take} a jump", "{leap}", "{jump} into the air", "{do} a jump", "{leap} into the air", "{hop} up"),
    "forward-jump": ("{jump} forward", "{leap} forward", "{take} a jump forward", "{do} a forward jump", "{hop} forward with both feet", "{make} a long jump"),
    "jump-in-place": ("{jump} in place", "{jump} up and down", "{hop} on the spot", "{jump} on the spot", "{bounce} up and down"),
    "jump-arms-up": ("{jump} with {their} arms up", "{jump} and {throw} {their} arms up", "{leap} with raised arms", "{jump} for joy with both arms up"),
    "jump-turn": ("{jump} and {turn}", "{turn} in the air", "{do} a jump turn", "{spin} around in a jump", "{jump} while turning around"),
    "jumping-jacks": ("{do} jumping jacks", "{perform} jumping jacks", "{do} star jumps", "{exercise} with jumping jacks", "{jump} while spreading arms and legs"),
    "facepalm": ("{facepalm}", "{cover} {their} face with a hand", "{slap} a hand against {their} forehead", "{put} a hand over {their} face", "{do} a facepalm"),
    "tilt-head": ("{tilt} {their} head", "{tilt} {their} head from side to side", "{lean} {their} head to the side", "{cock} {their} head", "{bend} {their} neck sideways"),
    "look-around": ("{look} around", "{look} from side to side", "{turn} {their} head to look around", "{search} {their} surroundings", "{glance} around"),
    "walk-in-place": ("{walk} in place", "{walk} on the spot", "{step} in place", "{march} in place", "{walk} without moving forward"),
    "zombie-walk": ("{walk} like a zombie", "{shamble} forward like a zombie", "{stagger} with outstretched arms", "{move} like a zombie", "{lurch} forward like the undead"),
    "sneak": ("{sneak}", "{sneak} forward", "{walk} stealthily", "{creep} forward", "{tiptoe} quietly", "{prowl}", "{walk} crouched so as not to be seen"),
    "backflip": ("{do} a backflip", "{perform} a backflip", "{flip} backwards", "{jump} into a backflip", "{somersault} backwards in the air"),
    "sideflip": ("{do} a sideflip", "{flip} sideways", "{perform} a side somersault", "{do} an aerial flip to the side", "{jump} into a side flip"),
    "cartwheel": ("{do} a cartwheel", "{do} cartwheels", "{turn} a cartwheel", "{perform} a cartwheel", "{cartwheel}", "{wheel} over on {their} hands"),
    "crawl": ("{crawl}", "{crawl} on all fours", "{crawl} forward", "{move} on hands and knees", "{crawl} along the floor"),
    "get-up-from-front": ("{get} up from the floor", "{stand} up from lying face down", "{get} up off {their} stomach", "{push} up from the ground and {stand}", "{rise} from the floor"),
    "get-up-from-back": ("{get} up from the floor", "{stand} up from lying on {their} back", "{get} up off {their} back", "{sit} up and {stand}", "{rise} from the ground"),
    "roll": ("{roll} forward", "{do} a roll", "{roll} over the floor", "{do} a forward roll", "{tumble} forward", "{somersault} on the ground"),
    "spin": ("{spin}", "{spin} around", "{turn} all the way around", "{twirl}", "{do} a spin", "{whirl} around"),
    "spin-kick": ("{do} a spinning kick", "{spin} and {kick}", "{perform} a spin kick", "{throw} a roundhouse kick", "{kick} while spinning"),
    "front-kick": ("{do} a front kick", "{kick} forward in karate", "{practise} karate front kicks", "{perform} a martial arts kick"),
    "karate": ("{do} karate", "{perform} a karate kata", "{practise} karate moves", "{do} martial arts", "{train} karate forms", "{show} martial arts techniques"),
    "basketball": ("{play} basketball", "{dribble} a ball", "{handle} a basketball", "{dribble} and {shoot} a basketball", "{move} around playing basketball"),
    "basketball-signal": ("{make} basketball referee signals", "{signal} like a basketball referee", "{give} referee hand signals", "{call} a foul with {their} arms"),
    "soccer": ("{play} soccer", "{kick} a ball", "{play} football", "{kick} a soccer ball", "{dribble} a ball with {their} feet"),
    "direct-traffic": ("{direct} traffic", "{direct} the traffic with both arms", "{signal} to cars", "{wave} cars through like a policeman", "{gesture} like a traffic officer"),
    "wash-window": ("{wash} a window", "{wipe} a window", "{clean} a window", "{wash} windows", "{scrub} the glass", "{wipe} a pane with one hand"),
    "drink": ("{drink}", "{drink} soda", "{take} a drink", "{open} a bottle and {drink}", "{lift} a bottle to {their} mouth", "{have} a sip"),
    "laugh": ("{laugh}", "{laugh} out loud", "{burst} out laughing", "{shake} with laughter", "{laugh} hard", "{bend} over laughing"),
    "climb-steps": ("{climb} steps", "{walk} up three steps", "{go} up the stairs", "{climb} 3 steps", "{step} up some stairs", "{walk} up a short staircase"),
    "climb-ladder": ("{climb} a ladder", "{go} up a ladder", "{climb} up a ladder", "{scale} a ladder", "{climb} the rungs of a ladder"),
    "sit-stand": ("{sit} down and {stand} up", "{sit} on a stool, then {stand} up", "{take} a seat and {get} up again", "{sit} down on a stool and {rise}", "{sit} and {stand} up again"),
    "swordplay": ("{fight} with a sword", "{swing} a sword", "{do} swordplay", "{fence}", "{slash} and {parry} with a sword", "{practise} with a sword"),
    "salsa": ("{dance} salsa", "{dance} the salsa", "{do} salsa steps", "{do} a salsa dance", "{step} and {turn} in a salsa", "{perform} salsa"),
    "ballet": ("{dance} ballet", "{perform} a modern dance", "{do} ballet moves", "{dance} gracefully", "{dance} with pirouettes", "{perform} contemporary dance"),
    "indian-dance": ("{perform} an Indian dance", "{dance} in the Indian style", "{do} classical Indian dance", "{dance} bharatanatyam"),
    "breakdance": ("{breakdance}", "{do} breakdance", "{dance} fancy footwork", "{perform} breakdance moves", "{do} acrobatic breakdance"),
    "balance": ("{balance} on one leg", "{stand} on one leg", "{balance} on one foot with outstretched arms", "{hold} {their} balance on one leg"),
    "reach-up": ("{jump} up to grab something", "{reach} up high", "{stand} on tiptoe to reach something", "{reach} for something overhead"),
    "climb": ("{climb}", "{climb} on a playground", "{climb} over playground equipment", "{climb} and {hang}", "{clamber} up and over"),
    "uneven-walk": ("{walk} on uneven ground", "{walk} over uneven terrain", "{step} carefully over rough ground", "{walk} across bumpy terrain"),
    "wash-self": ("{wash}", "{wash} {their} body", "{scrub} {their} arms and chest", "{take} a shower"),
    "dribble": ("{dribble} a basketball forward", "{dribble} a ball", "{walk} while dribbling a basketball", "{bounce} a ball", "{play} basketball"),
    "punch-strike": ("{punch} and {strike}", "{throw} punches", "{punch} several times", "{fight} with {their} fists", "{hit} with both fists"),
    "run-back": ("{run} backwards", "{run} backward", "{jog} backwards", "{run} in reverse", "{back} up at a run"),
    **{f"dance-{key}": (f"{{dance}} {name}", f"{{do}} {name} dance", f"{{perform}} {name} moves", f"{{show}} off {name} dancing", f"{{dance}} in {name} style", f"{{move}} to {name} music")
       for key, name in (("break", "breakdance"), ("pop", "popping"), ("lock", "locking"), ("middle-hip-hop", "hip-hop"), ("LA-hip-hop", "LA hip-hop"),
                         ("house", "house"), ("waack", "waacking"), ("krump", "krump"), ("street-jazz", "street jazz"), ("ballet-jazz", "jazz ballet"))},
}  # fmt: skip

# word of a sword-and-shield action -> its phrase; several words of one name are joined in their order
SWORD: dict[str, str] = {
    "atk": "{attack} with a sword", "kill": "{finish} an opponent with a sword", "counter-atk": "{counter} with the sword", "2x-combo": "in a two-hit combo",
    "3x-combo": "in a three-hit combo", "4x-combo": "in a four-hit combo", "atk-jump": "{jump} and {strike} with a sword", "atk-kick": "{kick} while holding a sword",
    "atk-shield-charge": "{charge} with a shield", "atk-shield-swipe": "{swipe} with a shield", "atk-slash-down": "{slash} downwards with a sword",
    "atk-slash-left": "{slash} to the left with a sword", "atk-slash-right": "{slash} to the right with a sword", "atk-slash-up": "{slash} upwards with a sword",
    "atk-stab": "{stab} with a sword", "dodge-backward": "{dodge} backwards", "dodge-left": "{dodge} to the left", "dodge-right": "{dodge} to the right",
    "fall-backward": "{fall} over backwards", "fall-left": "{fall} over", "fall-right": "{fall} over", "fall-spin-left": "{spin} around to the left and {fall}",
    "fall-spin-right": "{spin} around to the right and {fall}", "idle-alert": "{stand} alert", "idle-battle": "{stand} in a battle stance", "idle-ready": "{stand} ready to fight",
    "run-forward": "{run} forward", "run-backward": "{run} backwards", "run-left": "{run} sideways to the left", "run-right": "{run} sideways to the right",
    "walk-forward": "{walk} forward", "walk-backward": "{walk} backwards", "walk-left": "{walk} sideways to the left", "walk-right": "{walk} sideways to the right",
    "turn-left-90": "{turn} left by a quarter turn", "turn-left-180": "{turn} around to the left", "turn-right-90": "{turn} right by a quarter turn",
    "turn-right-180": "{turn} around to the right", "turn-left": "{turn} to the left", "turn-right": "{turn} to the right",
    "shield-block": "{block} with a shield", "sword-parry": "{parry} with a sword", "block": "{block}", "parry": "{parry}",
    "backward": "while stepping back", "crouch": "while crouching", "down": "downwards", "left": "to the left", "right": "to the right", "up": "upwards",
    "standoff-circle": "{circle} an opponent", "standoff-feint": "{feint} an attack", "standoff-swing": "{swing} a sword at an opponent",
    "taunt-pound-chest": "{pound} {their} chest to taunt", "taunt-roar": "{roar} and {taunt}", "taunt-shield-knock": "{knock} on the shield to taunt",
}  # fmt: skip

STYLES: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {  # adverbs, phrases, adjectives
    "normal": (("normally", "naturally"), ("in a normal way", "as usual"), ()),
    "happy": (("happily", "joyfully", "cheerfully"), ("in a happy way", "with joy", "in a good mood", "full of joy", "as if very happy"), ("happy", "cheerful")),
    "sad": (("sadly", "gloomily"), ("in a sad way", "with a heavy heart", "in low spirits", "as if about to cry", "looking sad"), ("sad", "depressed")),
    "angry": (("angrily", "furiously"), ("in an angry way", "with anger", "in a bad temper", "full of rage", "as if furious"), ("angry", "furious")),
    "proud": (("proudly", "boastfully"), ("in a proud way", "with pride", "with {their} chest out", "full of pride"), ("proud", "haughty")),
    "not-confident": (("timidly", "hesitantly", "shyly"), ("without confidence", "in an insecure way", "as if unsure", "nervously and shyly"), ("shy", "timid", "nervous")),
    "masculine": ((), ("in a masculine way", "like a man", "in a manly way", "with a masculine air"), ("masculine", "manly")),
    "feminine": (("gracefully",), ("in a feminine way", "like a woman", "in a ladylike way", "with feminine movements"), ("feminine",)),
    "childish": (("childishly", "playfully"), ("in a childish way", "like a child", "like a little kid", "as a child would"), ("childish", "playful")),
    "elderly": (("feebly",), ("like an old person", "like an elderly person", "as if very old", "the way old people do", "with old stiff joints"), ("old", "elderly")),
    "exhausted": (("tiredly", "wearily"), ("as if exhausted", "in a tired way", "with no energy left", "worn out", "as if very tired"), ("tired", "exhausted", "weary")),
    "active": (("energetically", "actively", "vigorously"), ("with lots of energy", "in an active way", "full of energy", "in a lively way"), ("energetic", "lively")),
    "youthful": (("youthfully",), ("in a youthful way", "like a young person", "with youthful spring", "the way teenagers do"), ("young", "youthful")),
    "musical": (("rhythmically", "musically"), ("as if moving to music", "to the beat", "with rhythm", "as if listening to a song", "in a musical way"), ("rhythmic",)),
    "giant": (("ponderously",), ("like a giant", "as if huge and heavy", "like a huge monster", "with giant heavy movements"), ("giant", "huge")),
    "chimpira": (("cockily",), ("like a thug", "like a street punk", "with a swagger", "like a gangster", "in a rough cocky way"), ("cocky", "thuggish")),
    "slow": (("slowly",), ("at a slow pace", "taking {their} time", "in slow motion"), ()),
    "brisk": (("briskly", "quickly"), ("at a brisk pace", "in a hurry"), ()),
    "exaggerated": ((), ("with exaggerated strides", "with very long steps", "in an exaggerated way"), ()),
}  # fmt: skip
STYLES |= {"masculinity": STYLES["masculine"], "old": STYLES["elderly"], "tired": STYLES["exhausted"]}

# one-line descriptions of the CMU index that mean an action of the table above, and the style that goes with it
INDEX: dict[str, tuple[str, str]] = {
    "walk": ("walk", ""), "slow walk": ("walk", "slow"), "brisk walk": ("walk", "brisk"), "walk/stride": ("walk", ""),
    "walk, exaggerated stride": ("walk", "exaggerated"), "slow walk/stride": ("walk", "slow"), "run": ("run", ""), "run/jog": ("run", ""),
    "jog": ("jog", ""), "jump": ("jump", ""), "forward jump": ("forward-jump", ""), "high jump": ("jump", ""), "laugh": ("laugh", ""),
    "boxing": ("box", ""), "climb ladder": ("climb-ladder", ""), "climb 3 steps": ("climb-steps", ""), "drink soda": ("drink", ""),
    "unscrew bottlecap, drink soda": ("drink", ""), "drink soda, screw on bottlecap": ("drink", ""),
    "unscrew bottlecap, drink soda, screw on bottlecap": ("drink", ""), "wash windows": ("wash-window", ""), "swordplay": ("swordplay", ""),
    "punch/strike": ("punch-strike", ""), "soccer - kick ball": ("soccer", ""), "salsa dance": ("salsa", ""), "salsa": ("salsa", ""),
    "indian dance": ("indian-dance", ""), "cartwheels": ("cartwheel", ""), "front kick": ("front-kick", ""), "wash self": ("wash-self", ""),
    "walk on uneven terrain": ("uneven-walk", ""), "jump up to grab, reach for, tiptoe": ("reach-up", ""),
    "sit on high stool, stand up": ("sit-stand", ""), "sit on stepstool, stand up": ("sit-stand", ""), "direct traffic": ("direct-traffic", ""),
    "balance on one leg, outstretched arms": ("balance", ""), "dance": ("dance", ""), "dance, whirl": ("dance-spin", ""),
    "jumpturn": ("jump-turn", ""), "jump turn": ("jump-turn", ""), "smalljumpturn": ("jump-turn", ""), "furtherjumpturn": ("jump-turn", ""),
    "180": ("jump-turn", ""), "180 degree jump": ("jump-turn", ""), "basketball - forward dribble": ("dribble", ""),
    "fancyfootwork": ("breakdance", ""), "longsequencegood": ("breakdance", ""), "breaksequencewithflips": ("breakdance", ""),
    "playground - climb": ("climb", ""), "empi": ("karate", ""), "bassai": ("karate", ""), "gedanbarai": ("karate", ""),
    "heiansyodan": ("karate", ""), "mawashigeri": ("karate", ""), "oiduki": ("karate", ""), "syutouuke": ("karate", ""), "yokogeri": ("karate", ""),
}  # fmt: skip
DOMAINS = {
    "playground": "on a playground",
    "soccer": "playing soccer",
    "basketball": "in basketball",
    "dance": "in a dance",
    "navigate": "finding the way",
}
