//! Words that communities are made of.

/// First names with a usual gender.
pub(super) const FIRST_NAMES: [(&str, &str); 64] = [
    ("Amara", "female"), ("Mateo", "male"), ("Yuki", "female"), ("Oluwaseun", "male"),
    ("Ingrid", "female"), ("Rajesh", "male"), ("Leila", "female"), ("Søren", "male"),
    ("Zoë", "female"), ("Tomasz", "male"), ("Nomvula", "female"), ("Hiroshi", "male"),
    ("Fatima", "female"), ("Liam", "male"), ("Mei", "female"), ("Andrés", "male"),
    ("Anahera", "female"), ("Kwame", "male"), ("Svetlana", "female"), ("Emre", "male"),
    ("Chiara", "female"), ("Dmitri", "male"), ("Priya", "female"), ("Jean-Luc", "male"),
    ("Aiyana", "female"), ("Tariq", "male"), ("Siobhán", "female"), ("Nguyên", "male"),
    ("Beatriz", "female"), ("Kofi", "male"), ("Astrid", "female"), ("Ravi", "male"),
    ("Noor", "other"), ("Sasha", "other"), ("Hana", "female"), ("Joaquín", "male"),
    ("Wanjiru", "female"), ("Piotr", "male"), ("Aaliyah", "female"), ("Björn", "male"),
    ("Camille", "other"), ("Minh", "male"), ("Élodie", "female"), ("Tane", "male"),
    ("Rukmini", "female"), ("Oscar", "male"), ("Xiomara", "female"), ("Ji-woo", "other"),
    ("Greta", "female"), ("Babajide", "male"), ("Nadia", "female"), ("Kenji", "male"),
    ("Marta", "female"), ("Idris", "male"), ("Freya", "female"), ("Santiago", "male"),
    ("Tülay", "female"), ("Owen", "male"), ("Lindiwe", "female"), ("Arjun", "male"),
    ("Katarzyna", "female"), ("Malik", "male"), ("Eun-ji", "female"), ("Robin", "other"),
];

/// Last names.
pub(super) const LAST_NAMES: [&str; 64] = [
    "Okafor", "García", "Tanaka", "Lindqvist", "Sharma", "Haddad", "Kowalski", "Nguyen", "O'Brien",
    "Mensah", "Rossi", "Ivanova", "Patel", "Dubois", "Yılmaz", "Ngata", "Silva", "Kim", "Müller",
    "Adeyemi", "Fernández", "Suzuki", "Andersen", "Iyer", "Rahman", "Nowak", "Tran", "Murphy",
    "Asante", "Bianchi", "Petrov", "Desai", "Lefèvre", "Demir", "Walker", "Costa", "Park",
    "Schneider", "Balogun", "Morales", "Watanabe", "Johansson", "Reddy", "Farouk", "Wójcik", "Pham",
    "Kelly", "Owusu", "Conti", "Volkov", "Mehta", "Moreau", "Kaya", "Mokoena", "Pereira", "Choi",
    "Weber", "Eze", "Vargas", "Sato", "Nielsen", "Nair", "Mansour", "Zhang",
];

/// Cities with the language most spoken there.
pub(super) const CITIES: [(&str, &str); 24] = [
    ("Lagos", "en"), ("Lima", "es"), ("Osaka", "ja"), ("Malmö", "sv"), ("Pune", "mr"),
    ("Beirut", "ar"), ("Kraków", "pl"), ("Da Nang", "vi"), ("Cork", "en"), ("Accra", "en"),
    ("Bologna", "it"), ("Varna", "bg"), ("Leicester", "en"), ("Lyon", "fr"), ("İzmir", "tr"),
    ("Wellington", "en"), ("Porto", "pt"), ("Busan", "ko"), ("Leipzig", "de"), ("Nairobi", "sw"),
    ("Valparaíso", "es"), ("Aarhus", "da"), ("Toronto", "en"), ("Durban", "zu"),
];

/// Schools.
pub(super) const SCHOOLS: [&str; 10] = [
    "Harbour Technical College", "Northfield University", "Instituto del Sur",
    "Hochschule am Fluss", "École des Métiers", "Riverside Polytechnic", "Lakeview University",
    "Academy of Applied Arts", "Eastern Medical School", "Open Evening College",
];

/// Employers.
pub(super) const EMPLOYERS: [&str; 10] = [
    "City Hospital", "Blue Kite Bakery", "Meridian Logistics", "Oak Street School",
    "Tidewater Energy", "Small Press Books", "Corner Bicycle Workshop", "Public Library",
    "Regional Railways", "Greenhouse Cooperative",
];

/// What groups are about.
pub(super) const TOPICS: [&str; 32] = [
    "trail running", "sourdough", "street photography", "board games", "community gardens",
    "bicycle repair", "birdwatching", "choir singing", "home brewing", "open water swimming",
    "chess", "local history", "watercolours", "beekeeping", "amateur astronomy", "knitting",
    "salsa dancing", "robotics", "foraging", "vintage radios", "poetry", "climbing",
    "language exchange", "dog walking", "film nights", "woodworking", "volunteer firefighting",
    "new parents", "jazz", "model railways", "kayaking", "urban sketching",
];

/// Titles of groups.
pub(super) const GROUP_KINDS: [&str; 10] = [
    "{topic} in {city}", "{city} {topic}", "Friends of {topic}", "{topic} for beginners",
    "The {city} {topic} circle", "{topic}, slowly", "{topic} every weekend", "{city}: {topic}",
    "{topic} after work", "{topic} swap and help",
];

/// Templates of posts.
pub(super) const POSTS: [&str; 20] = [
    "Who is coming on {day}? I can bring two more people along.",
    "First attempt at {topic} this year, and it went better than I feared.",
    "Thanks to {person} for showing me the ropes. I had no idea how much I was missing.",
    "Does anyone have a recommendation for a good book about {topic}?",
    "Reminder: we meet on {day} at the usual place, half an hour earlier than last time.",
    "I found these in my grandmother's attic. Does anybody know what they are worth?",
    "{person} and I are planning a longer trip next month. Write to us if you want to join.",
    "A question for the experienced among you: what do you wish you had known when you started?",
    "It rained all day and we had a wonderful time anyway.",
    "I am giving some of my equipment away. Come and get it before {day}!",
    "New here, hello everyone! I got into {topic} through a neighbour.",
    "The council wants to close our place. Please come to the hearing on {day}.",
    "Look what we made. {person} did most of the work, I mostly carried things.",
    "Lost: a green jacket, last {day}. It has my keys in it.",
    "Small progress is progress. Week six of {topic}.",
    "Could someone drive {person} home on {day}? I have to leave early.",
    "I wrote down everything I learned about {topic} so far. Corrections welcome.",
    "Not sure if this belongs here, but it made me laugh.",
    "We are twelve now! When {person} started this we were three.",
    "Unpopular opinion: {topic} is better in winter.",
];

/// Templates of comments.
pub(super) const COMMENTS: [&str; 20] = [
    "Count me in!", "Lovely, thank you for sharing.", "I can't on {day}, have fun without me.",
    "Ask {person}, they know everything about it.", "Same here.", "Where was this taken?",
    "I'd be careful with that.", "Congratulations! 🎉", "{person}, didn't you have one of these?",
    "This is why I love this group.", "Could you write down how you did it?",
    "I disagree, but nicely.", "On my way.", "See you on {day}.", "Me too, for years.",
    "Great idea, {person}!", "No, the other one.", "What time exactly?",
    "I have a spare one, you can borrow it.", "That explains a lot.",
];

/// Days that people name.
pub(super) const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Kinds of reaction.
pub(super) const REACTIONS: [&str; 5] = ["like", "like", "love", "laugh", "thanks"];

/// Browsers.
pub(super) const BROWSERS: [&str; 4] = ["Firefox", "Chrome", "Safari", "Edge"];
