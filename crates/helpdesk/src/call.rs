/// The most bytes of an answer the desk reads; a longer one is [`crate::Trouble::TooLarge`].
pub const ANSWER_MAX: usize = 16 * 1024 * 1024;

/// One call to a helpdesk, for the desk to send. Its credential is not in it: [`crate::Helpdesk::authorization`] is.
///
/// Redirects are not followed: the credential would go with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// How.
    pub method: Method,
    /// Where: the whole address, query included, encoded.
    pub url: String,
    /// Headers besides the one that carries the credential.
    pub headers: Vec<(&'static str, &'static str)>,
    /// What, if anything: JSON.
    pub body: Option<String>,
}

impl Call {
    pub(crate) fn get(url: String) -> Self {
        Self { method: Method::Get, url, headers: vec![("accept", "application/json")], body: None }
    }

    pub(crate) fn send(method: Method, url: String, body: &serde_json::Value) -> Self {
        let headers = vec![("accept", "application/json"), ("content-type", "application/json")];
        Self { method, url, headers, body: Some(body.to_string()) }
    }
}

/// How a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Adds.
    Post,
    /// Changes.
    Put,
}

impl Method {
    /// Its name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

/// What a helpdesk answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers, names in any case.
    pub headers: Vec<(String, String)>,
    /// The body, at most [`ANSWER_MAX`] bytes of it; one byte more says that there was more.
    pub body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    }

    /// A header that holds a whole number.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.header(name)?.parse().ok()
    }
}
