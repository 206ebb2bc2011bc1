/** The panel's sentences by language. A language that is not here hears English, set out in its own direction. */

const en = {
  close: "Close", back: "Back", home: "Home", messages: "Messages", places: "Places", send: "Send", write: "Write a message",
  message: "Your message", add: "Add a picture or file", goodMorning: "Good morning", goodDay: "Good day", goodEvening: "Good evening",
  hello: "{greeting}, {name}", hereUntil: "We are here until {time} and answer in about {wait}.", here: "We are here and answer in about {wait}.",
  hereQuick: "We are here.", hereQuickUntil: "We are here until {time}.", awayUntil: "We are back {when}. Write now, and we answer then.",
  away: "We are away at the moment. Write now, and we answer as soon as we are back.", backWhen: "back {when}", answersIn: "usually answers in {wait}",
  todayAt: "today at {time}", tomorrowAt: "tomorrow at {time}", dayAt: "{day} at {time}", today: "Today", yesterday: "Yesterday",
  minute: "{count} minute", minutes: "{count} minutes", hour: "{count} hour", hours: "{count} hours", day: "{count} day", days: "{count} days",
  ask: "Ask a question", askHint: "A person answers", yours: "Your conversations", none: "Here you find your conversations with us. Ask a question, and it stays here.",
  unread: "{count} unread", you: "You", sending: "Sending", sent: "Sent", seen: "Read", kept: "Kept {time}",
  notSent: "Not sent yet. It is kept here.", again: "Send again", writing: "{name} is writing", newMessage: "New message",
  offline: "no connection, trying again", begin: "Start the conversation", required: "Fill in: {label}", badEmail: "Write the e-mail like name@example.com.",
  rate: "How did {name} do?", rateUs: "How did we do?", terrible: "Terrible", bad: "Bad", neutral: "Neutral", great: "Great", amazing: "Amazing",
  more: "Anything to add?", moreHint: "You need not. “{rating}” is kept already.", morePlace: "What was good, what was missing", skip: "Skip",
  comment: "Add comment", thanks: "Thank you. It is kept.", notSolved: "Not solved? Write again", closedAt: "closed {when}", tooLarge: "{name} is larger than {size}.",
  badKind: "{name} was not accepted.", uploading: "Adding {name}", remove: "Remove {name}", failed: "This did not work. What you wrote is kept. Try again.", slow: "Too many at once. Wait {count} seconds, then try again.",
  earlier: "Earlier messages", find: "See all your conversations", findHint: "With a code sent to your e-mail", email: "E-mail", sendCode: "Send a code",
  codeSent: "We sent a code of six digits to {email}. It works for ten minutes.", code: "Code", check: "Open my conversations", badCode: "This code is not right, or it is too old.",
  otherCode: "Send another code",
  codeAsked: "The code we sent to {email}", checkCode: "Show that it is you", proved: "Done. These are your conversations.", orderState: "Order {name}", follow: "Follow the order", aboutOrder: "Ask about it",
  answerMail: "Nobody is here at this hour. Your message is kept, and we answer {when}. Where should the answer go?", answerMailNow: "Your message is kept. Where should the answer go if you leave?", answerMe: "Answer me by e-mail",
  goesOn: "This conversation goes on there and here.", mailKept: "Kept: we answer to {email} as well.", startedHere: "Start of the conversation", file: "File", dropped: "A message was removed", optional: "not required",
};

type Partly = Partial<typeof en>;

const de: Partly = {
  close: "Schließen", back: "Zurück", home: "Start", messages: "Nachrichten", places: "Bereiche", send: "Senden", write: "Nachricht schreiben",
  message: "Ihre Nachricht", add: "Bild oder Datei hinzufügen", goodMorning: "Guten Morgen", goodDay: "Guten Tag", goodEvening: "Guten Abend",
  hereUntil: "Wir sind bis {time} da und antworten in etwa {wait}.", here: "Wir sind da und antworten in etwa {wait}.", hereQuick: "Wir sind da.", hereQuickUntil: "Wir sind bis {time} da.",
  awayUntil: "Wir sind {when} wieder da. Schreiben Sie jetzt, wir antworten dann.", away: "Wir sind gerade nicht da. Schreiben Sie jetzt, wir antworten bald.",
  backWhen: "{when} wieder da", answersIn: "antwortet meist in {wait}", todayAt: "heute um {time}", tomorrowAt: "morgen um {time}", dayAt: "{day} um {time}",
  today: "Heute", yesterday: "Gestern", minute: "{count} Minute", minutes: "{count} Minuten", hour: "{count} Stunde", hours: "{count} Stunden", day: "{count} Tag", days: "{count} Tagen",
  ask: "Eine Frage stellen", askHint: "Ein Mensch antwortet", yours: "Ihre Unterhaltungen", none: "Hier finden Sie Ihre Unterhaltungen mit uns. Stellen Sie eine Frage, sie bleibt hier.",
  unread: "{count} ungelesen", you: "Sie", sending: "Wird gesendet", sent: "Gesendet", seen: "Gelesen", notSent: "Noch nicht gesendet. Der Text ist hier gesichert.", again: "Erneut senden",
  writing: "{name} schreibt", newMessage: "Neue Nachricht", offline: "keine Verbindung, neuer Versuch läuft", begin: "Unterhaltung beginnen", required: "Bitte ausfüllen: {label}", badEmail: "E-Mail so schreiben: name@example.com.",
  rate: "Wie war {name}?", rateUs: "Wie waren wir?", terrible: "Sehr schlecht", bad: "Schlecht", neutral: "Mittel", great: "Gut", amazing: "Sehr gut", more: "Möchten Sie etwas ergänzen?",
  moreHint: "Sie müssen nicht. „{rating}“ ist schon gespeichert.", morePlace: "Was war gut, was hat gefehlt", skip: "Überspringen", comment: "Kommentar senden", thanks: "Danke. Das ist gespeichert.",
  notSolved: "Nicht gelöst? Schreiben Sie wieder", closedAt: "geschlossen {when}", tooLarge: "{name} ist größer als {size}.", badKind: "{name} wurde nicht angenommen.", remove: "{name} entfernen",
  failed: "Das ging nicht. Ihr Text ist gesichert. Versuchen Sie es noch einmal.", earlier: "Frühere Nachrichten", find: "Alle Unterhaltungen ansehen", findHint: "Mit einem Code an Ihre E-Mail", email: "E-Mail", sendCode: "Code senden",
  codeSent: "Wir haben einen Code aus sechs Ziffern an {email} gesendet. Er gilt zehn Minuten.", code: "Code", check: "Unterhaltungen öffnen", badCode: "Dieser Code ist falsch oder zu alt.", otherCode: "Neuen Code senden",
  codeAsked: "Der Code, den wir an {email} gesendet haben", checkCode: "Zeigen, dass Sie es sind",
  proved: "Fertig. Das sind Ihre Unterhaltungen.", orderState: "Bestellung {name}", follow: "Bestellung verfolgen", aboutOrder: "Dazu fragen", answerMe: "Per E-Mail antworten", goesOn: "Die Unterhaltung geht dort und hier weiter.",
  optional: "freiwillig",
};

const fr: Partly = {
  close: "Fermer", back: "Retour", home: "Accueil", messages: "Messages", send: "Envoyer", write: "Écrire un message", message: "Votre message", add: "Ajouter une image ou un fichier",
  goodMorning: "Bonjour", goodDay: "Bonjour", goodEvening: "Bonsoir", hereUntil: "Nous sommes là jusqu’à {time} et répondons en {wait} environ.", here: "Nous sommes là et répondons en {wait} environ.",
  hereQuick: "Nous sommes là.", hereQuickUntil: "Nous sommes là jusqu’à {time}.", awayUntil: "De retour {when}. Écrivez maintenant, nous répondrons alors.", backWhen: "de retour {when}", answersIn: "répond d’habitude en {wait}",
  todayAt: "aujourd’hui à {time}", tomorrowAt: "demain à {time}", dayAt: "{day} à {time}", today: "Aujourd’hui", yesterday: "Hier", hour: "{count} heure", hours: "{count} heures", day: "{count} jour", days: "{count} jours",
  ask: "Poser une question", askHint: "Une personne répond", yours: "Vos conversations", none: "Vous trouvez ici vos conversations avec nous.", unread: "{count} non lus", you: "Vous", sending: "Envoi", sent: "Envoyé", seen: "Lu",
  notSent: "Pas encore envoyé. Le texte est gardé ici.", again: "Renvoyer", writing: "{name} écrit", newMessage: "Nouveau message", begin: "Commencer la conversation", rateUs: "Comment avons-nous fait ?", rate: "Comment a fait {name} ?",
  skip: "Passer", comment: "Ajouter un commentaire", thanks: "Merci. C’est noté.", earlier: "Messages précédents", email: "E-mail", sendCode: "Envoyer un code", code: "Code", optional: "facultatif",
};

const es: Partly = {
  close: "Cerrar", back: "Atrás", home: "Inicio", messages: "Mensajes", send: "Enviar", write: "Escribe un mensaje", message: "Tu mensaje", add: "Añadir una imagen o un archivo",
  goodMorning: "Buenos días", goodDay: "Buenas tardes", goodEvening: "Buenas tardes", hereUntil: "Estamos aquí hasta las {time} y respondemos en unos {wait}.", here: "Estamos aquí y respondemos en unos {wait}.",
  hereQuick: "Estamos aquí.", hereQuickUntil: "Estamos aquí hasta las {time}.", awayUntil: "Volvemos {when}. Escribe ahora y te responderemos entonces.", backWhen: "vuelve {when}", answersIn: "suele responder en {wait}",
  todayAt: "hoy a las {time}", tomorrowAt: "mañana a las {time}", dayAt: "el {day} a las {time}", today: "Hoy", yesterday: "Ayer", minute: "{count} minuto", minutes: "{count} minutos", hour: "{count} hora", hours: "{count} horas", day: "{count} día", days: "{count} días",
  ask: "Hacer una pregunta", askHint: "Responde una persona", yours: "Tus conversaciones", none: "Aquí encuentras tus conversaciones con nosotros.", unread: "{count} sin leer", you: "Tú", sending: "Enviando", sent: "Enviado", seen: "Leído",
  notSent: "Aún no se ha enviado. El texto está guardado aquí.", again: "Enviar de nuevo", writing: "{name} escribe", newMessage: "Mensaje nuevo", begin: "Empezar la conversación", rateUs: "¿Qué tal lo hicimos?", rate: "¿Qué tal {name}?",
  skip: "Omitir", comment: "Añadir comentario", thanks: "Gracias. Queda guardado.", earlier: "Mensajes anteriores", email: "Correo electrónico", sendCode: "Enviar un código", code: "Código", optional: "opcional",
};

const ar: Partly = {
  close: "إغلاق", back: "رجوع", home: "الرئيسية", messages: "الرسائل", send: "إرسال", write: "اكتب رسالة", message: "رسالتك", add: "إضافة صورة أو ملف",
  goodMorning: "صباح الخير", goodDay: "طاب يومك", goodEvening: "مساء الخير", hello: "{greeting} {name}", hereQuick: "نحن هنا.", hereQuickUntil: "نحن هنا حتى {time}.", today: "اليوم", yesterday: "أمس",
  ask: "اطرح سؤالاً", askHint: "يجيبك شخص", yours: "محادثاتك", none: "هنا تجد محادثاتك معنا.", you: "أنت", sending: "جارٍ الإرسال", sent: "أُرسلت", seen: "قُرئت", again: "أعد الإرسال",
  notSent: "لم تُرسل بعد. النص محفوظ هنا.", newMessage: "رسالة جديدة", begin: "ابدأ المحادثة", skip: "تخطٍّ", thanks: "شكراً. تم الحفظ.", email: "البريد الإلكتروني", sendCode: "أرسل رمزاً", code: "الرمز",
};

export const CATALOGUE = { en, de, fr, es, ar };
