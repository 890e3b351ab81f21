"""English words of answers, as people write them. `=` before a phrase: it counts as it stands, never as a spelling without accents.

Whoever adds a word: a word that leaves doubt ("think", "was", "better", "hope") must stay unknown.
"""

from __future__ import annotations

from rollcall.inbound.language.kinds import Kind

KIN = (
    "mum, mom, mother, dad, father, son, daughter, wife, husband, brother, sister, baby, child, kid, kids, children, "
    "parents, grandma, grandpa, grandmother, grandfather, partner, boyfriend, girlfriend, aunt, uncle, cousin, roommate, "
    "flatmate, friend, mum and dad, mom and dad, mother and father, sons, daughters, little one, mama, papa, mummy, mommy, "
    "daddy, son's, husband's, wife's, mother's"
)

WORDS: dict[tuple[Kind, str], str] = {
    (Kind.YES, ""): (
        "ye, yes i am, yes we are, yes, y, yeah, yep, yup, yess, ya, yea, yes sir, here, present, aye, affirmative, "
        "confirmed, correct, i am here, i'm here, im here"
    ),
    (Kind.WELL, ""): (
        "okies, oki doki, weel, fne, allright, top notch, well, wel, fine, fyn, good, gud, great, healthy, healty, alright, "
        "alrite, all right, okay, okey, ok, oke, okie, okk, oky, okei, okeyy, perfect, excellent, wonderful, superb, "
        "brilliant, terrific, splendid, normal, in good health, in good shape, in good spirits, in great shape, good health, "
        "tip top, a ok, aok, just fine, symptom free, asymptomatic, fit and well, alive and well, safe and well, "
        "safe and sound, hale and hearty, never better, couldn't be better, couldnt be better, could not be better, "
        "okey dokey, okie dokie, okey doke, gd, never felt better, no problem, no problems, no issue, no issues, "
        "no complaint, no complaints, no trouble, no troubles, no concerns, no symptom, no symptoms, nothing to report, "
        "nothing wrong, nothing unusual, nothing new, nothing to worry about, no changes, no change, nothing bad, all clear, "
        "right as rain, fit as a fiddle, top form, as good as ever, symptomless, no symptoms at all"
    ),
    (Kind.ILL, ""): (
        "sick, ill, unwell, tired, tierd, exhausted, fatigue, fatigued, dizzy, dizziness, lightheaded, pain, pains, painful, "
        "hurt, hurts, hurting, ache, aches, aching, achy, sore, headache, headaches, migraine, symptom, symptoms, vomit, "
        "vomiting, vomited, throwing up, threw up, puking, nausea, nauseous, diarrhea, diarrhoea, the runs, flu, a cold, "
        "chills, chilly, shivering, shaking, sweating, runny nose, stuffy nose, blocked nose, sneezing, sniffles, congested, "
        "weak, weakness, faint, fainted, fainting, passed out, blacked out, collapsed, collapse, unconscious, unresponsive, "
        "not responding, can not wake, can't wake, won't wake, wont wake, cant wake, not waking, seizure, seizures, fit of, "
        "convulsions, bleed, bleeding, bled, blood, haemorrhage, hemorrhage, terrible, terribly, awful, horrible, worse, "
        "worst, worsening, getting worse, bad, badly, poorly, rough, lousy, crap, miserable, struggling, rash, swollen, "
        "swelling, infection, infected, injured, injury, broken, fell, fallen, burn, burned, burnt, choking, poisoned, "
        "poisoning, allergic, my water broke, my waters broke, waters broke, water broke, in labour, in labor, contractions, "
        "miscarriage, depressed, depression, panic, panicking, anxious, hot, can't sleep, cant sleep, can't eat, cant eat, "
        "can't stand, can't walk, can't get up, cant get up, can't move, paralysed, paralyzed, numb, blue lips, "
        "lips are blue, turning blue, far from fine, far from well, far from ok, far from good, anything but fine, "
        "anything but well, anything but ok, less than fine, under the weather, not better, no better, not any better, "
        "isn't any better, isnt any better, not improving, not improved, not recovered, not recovering, low oxygen"
    ),
    (Kind.ILL, "danger"): (
        "positive, suicide, suicidal, kill myself, end my life, end it all, end it, want to die, wanna die, rather be dead, "
        "better off dead, don't want to live, dont want to live, not want to live, self harm, hurt myself, harm myself, "
        "dying, dead, feel like death, overdose, smoke, on fire, fire, break in, attacked, beating me, hits me, hit me, "
        "beats me, raped, threatening, threatened, danger, dangerous, 911, ambulance, critical, urgent, stroke, "
        "heart attack, not myself, not right, crying"
    ),
    (Kind.ILL, "fever"): (
        "fever, feverish, febrile, burning up, high temperature, high temp, running a temperature, running a temp, fevers"
    ),
    (Kind.ILL, "cough"): "cough, coughing, coughs, coughed, dry cough",
    (Kind.ILL, "breathless"): (
        "breathless, can not breathe, can't breathe, cant breathe, cannot breathe, can't breath, cant breath, cannot breath, "
        "hard to breathe, hard to breath, trouble breathing, difficulty breathing, difficult to breathe, "
        "struggling to breathe, short of breath, shortness of breath, out of breath, breathing problems, problems breathing, "
        "wheezing, wheeze, gasping, not breathing, stopped breathing, could not breathe, couldn't breathe, barely breathe, "
        "breathing is hard, breathing hard"
    ),
    (Kind.ILL, "chest_pain"): (
        "chest pain, chest pains, pain in chest, pain in my chest, pain in the chest, chest hurts, my chest hurts, "
        "chest is hurting, chest tight, tight chest, tightness in chest, tightness in my chest, chest tightness, "
        "pressure in my chest, chest pressure, heart hurts, chest feels tight, chest ache, chest aches"
    ),
    (Kind.ILL, "confusion"): (
        "confused, confusion, disoriented, delirious, delirium, incoherent, slurring, slurred, not making sense, "
        "doesn't know where, hallucinating, drowsy, can't speak, cannot speak, cant speak, not talking, does not recognise, "
        "doesn't recognise, doesn't recognize, rambling"
    ),
    (Kind.ILL, "sore_throat"): (
        "sore throat, throat hurts, throat pain, my throat hurts, painful throat, hoarse, scratchy throat, lost my voice"
    ),
    (Kind.ILL, "no_taste"): (
        "no taste, no smell, lost taste, lost smell, can't smell, cant smell, cannot smell, can't taste, cant taste, "
        "cannot taste, loss of taste, loss of smell, no sense of smell, lost my taste, lost my smell, lost my sense of smell"
    ),
    (Kind.WISH, "help"): (
        "help, help me, need help, need a doctor, need a nurse, need doctor, sos, emergency, assistance, need assistance, "
        "call me, call back, call me back, ring me, phone me, call an ambulance, call a doctor, call the doctor, "
        "send a doctor, send someone, send somebody, send nurse, send a nurse, please come, come quickly, come now, "
        "let me out, want to go home, nobody comes, no one comes, no electricity, no power, no heating, no internet, "
        "no one is helping, stuck, locked in, see a doctor, speak to a doctor, talk to someone, "
        "change rooms, change room"
    ),
    (Kind.WISH, "money"): "no money, out of money, need money",
    (Kind.WISH, "medicine"): (
        "need medicine, out of medicine, no medicine, run out of medicine, out of pills, out of insulin, no insulin, "
        "out of meds, no meds, need meds, need my meds"
    ),
    (Kind.WISH, "food"): (
        "need food, hungry, starving, thirsty, no food, out of food, out of water, no water, need water, nothing to eat, "
        "run out of food, haven't eaten, not eaten, no meals"
    ),
    (Kind.NEED, ""): (
        "need, needs, want, wants, would like, send, bring, buy, get me, give me, could i get, could i have, can i get, "
        "can i have, may i have, out of, run out of, ran out of, no more, waiting for, would be nice, lack, lacking, "
        "please send, missing, short of, low on"
    ),
    (Kind.SUPPLY, "food"): (
        "food, water, rice, milk, baby formula, formula, meal, meals, bread, fruit, eggs, noodles, groceries, breakfast, "
        "lunch, dinner, vegetarian meals"
    ),
    (Kind.SUPPLY, "medicine"): (
        "medicine, medicines, medication, insulin, pills, tablets, paracetamol, inhaler, prescription, meds, oxygen, "
        "painkillers"
    ),
    (Kind.SUPPLY, "money"): "money, cash, allowance",
    (Kind.SUPPLY, "help"): (
        "nappies, diapers, blanket, blankets, towel, towels, soap, masks, mask, charger, phone charger, interpreter, "
        "translator, clothes, wifi, room change, test kit, pads, toilet paper, someone, somebody, counsellor"
    ),
    (Kind.NOT, ""): (
        "no, not, never, none, nobody, no one, nothing, neither, nor, without, cannot, can not, hardly, barely, scarcely, "
        "seldom, rarely, dont, doesnt, didnt, isnt, arent, wasnt, werent, aint, cant, couldnt, wont, wouldnt, havent, hasnt, "
        "hadnt, shouldnt, nope, nah, do not, does not, is not, are not, am not, no sign of, no signs of, no symptoms of, "
        "free of, free from, haven't got, havent got, haven't had, don't have, dont have, do not have, don't feel, zero"
    ),
    (Kind.BRIDGE, ""): (
        "have, has, having, got, any, an, the, feel, feeling, is, are, being, be, am, of, us, experiencing, showing, "
        "signs of, symptoms of, suffering from, sign of, either, at all, is in, in our family is, here is, there"
    ),
    (Kind.ANYTHING, ""): (
        "had, been, running, getting, develop, developed, at all, whatsoever, anything, what so ever, ever, particular"
    ),
    (Kind.OR, ""): "or, nor",
    (Kind.BUT, ""): "but, only, just, except, although, though, however, yet, while, whereas, besides, apart from",
    (Kind.DEGREE, ""): (
        "very, really, so, too, quite, pretty, much, totally, completely, absolutely, perfectly, entirely, super, extremely, "
        "lots, particularly, especially, anymore, any more, exactly, realy"
    ),
    (Kind.SELF, ""): "i, im, i'm, i m, i am, iam, me, myself, i've, i feel, i'm feeling, im feeling, am, with me",
    (Kind.EVERYBODY, ""): (
        "we, we're, were all, we are, all of us, both of us, us, everyone, everybody, everyone's, all, both, whole family, "
        "the whole family, entire family, our family, my family, family, the family, each of us, every one of us, household, "
        "the household, everyone here, all here, all members"
    ),
    (Kind.FILLER, ""): (
        "and you, have a nice day, have a good day, have a great day, mate, bro, inside, indoors, all's, same as always, "
        "ate, hi there, hello there, number, breathing, sleeping, eating, slept, my, our, of mine, bye, goodbye, is, are, "
        "the, a, an, and, at, in, on my side, of, with, as, to, for, this, that, it, it's, its, that's, everything, "
        "everything's, everything is, things, doing, doin, feeling, feelin, feel, feels, keeping, staying, going well, "
        "still, remain, remaining, today, tonight, right now, currently, at the moment, at present, so far, this morning, "
        "this afternoon, this evening, this day, morning, evening, afternoon, good morning, good afternoon, good evening, "
        "good day, good night, gm, hello, hi, hey, greetings, dear, sir, madam, ma'am, maam, mam, doctor, dr, doc, nurse, "
        "nurses, staff, team, officer, health, health team, guys, folks, all good folks, thanks, thank you, thankyou, thx, "
        "ty, tks, thank u, many thanks, thanks a lot, thank you so much, thank you very much, thanks so much, "
        "thanks for asking, thank you for asking, cheers, regards, best regards, kind regards, please, pls, plz, report, "
        "reporting, reports, to report, checking, checking in, check in, checkin, rollcall, roll call, answer, answering, "
        "reply, replying, response, status, update, condition, state, temperature, temp, temps, tmp, body, reading, always, "
        "usual, as always, as usual, as ever, as before, as normal, like always, like usual, home, at home, room, my room, "
        "in my room, in the room, no worries, don't worry, dont worry, do not worry, not to worry, also, too, name, name's, "
        "number, press, option, code, day, regarding, degrees, celsius, fahrenheit, self, quarantine, in quarantine, "
        "isolation, in isolation, mr, mrs, ms, miss, same here, in here, out here, over here, thank, um, uh, hm, hmm, ah, "
        "and so, no help needed, no need of help, don't need anything, dont need anything, do not need anything, "
        "need nothing, nothing needed, don't need help, dont need help, no need to worry, have everything, "
        "have everything we need, have everything i need, from, can confirm, i can confirm, confirm"
    ),
    (Kind.UNKNOWN, ""): (
        "fine with it, fine with that, fine by, ok with, okay with, good with, good to, as well, all too well, be well, "
        "be ok, be okay, be fine, be good, here it is, here is, here are, please answer, please reply, please report, "
        "please respond, please check, please call, please update, oh, noon, off, bee, am i, is everything, are we, are all, "
        "is all, is it, are you, are they, is my, is our, good bye, no longer, any longer, not any longer, not bad, "
        "not so bad, not too bad, so so, good luck, good grief, well done, all the best, hold on, good for you, "
        "as well as can be expected, as well as expected, not too good, not sure, no idea, well well, fine line, not always, "
        "if, who, what, how, why, when, where, which, could be, might be, good on, ok then, all right then, not as if, "
        "not quite, very funny, well i never, fine print, not only, not just"
    ),
    (Kind.OTHERS, ""): "he, she, they, he's, she's, they're, hes, shes, theyre, his, her, their, him, them",
}
SIGNS: dict[Kind, str] = {
    Kind.YES: "👍 👌 ✅ ✔ ☑ 🆗 🙋",
    Kind.FILLER: "🙏 😊 🙂 😀 😃 😄 😁 ☺ 🥰 😍 ❤ 💕 💖 💪 🌹 🌸 🌷 🌻 ♥ 😘 🤗 ✨ 🎉 💐 🍀 ^ = < > + ' & 😇",
    Kind.ILL: "🤒 🤧 🤮 🤢 🤕 🥵 🆘 🚑",
}
